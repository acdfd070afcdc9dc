import pTimeout from 'p-timeout'

import type { Logger } from '../process/logger.ts'

/** A dependency. */
export interface HealthCheck {
  name: string
  /** Whether the deployable is not ready without it. Peers and the broker are reported but never gate. */
  required: boolean
  /** Throws when the dependency is unavailable. */
  check(): Promise<void>
  /** Status shown while the check fails; default `away`. */
  otherwise?: string
}

/** A check that shows whether the process still works. */
export interface LivenessCheck {
  name: string
  /** Why a restart would help, or null. */
  stuck(): string | null
}

const LIMIT_MS = 2_000

interface HealthAnswer {
  status: number
  body: object
}

/** The answers of `/healthz` and `/readyz`. */
export interface HealthProbes {
  /** 200 while the process lives; 503 with the reasons when a liveness check is stuck. */
  healthz(): HealthAnswer
  /** 200 when every check that gates passes, 503 otherwise; the body names each check. */
  readyz(): Promise<HealthAnswer>
}

/** Makes the probes. They do not depend on HTTP, so that a process without Express can use them too. */
export function createHealthProbes(
  checks: HealthCheck[],
  logger: Logger,
  liveness: LivenessCheck[] = [],
): HealthProbes {
  return {
    healthz() {
      const states = liveness.map((check) => [check.name, check.stuck()] as const)
      const reasons = Object.fromEntries(states.filter(([, reason]) => reason !== null))
      if (Object.keys(reasons).length === 0) return { status: 200, body: { status: 'ok' } }
      logger.error({ event: 'health.stuck', reasons })
      return { status: 503, body: { status: 'stuck', reasons } }
    },
    async readyz() {
      const results = await Promise.all(checks.map((check) => look(check, logger)))
      const ready = results.every(({ ok, required }) => ok || !required)
      const shown = Object.fromEntries(results.map(({ name, ...result }) => [name, show(result)]))
      return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not-ready', checks: shown } }
    },
  }
}

function show({ ok, required, otherwise }: { ok: boolean; required: boolean; otherwise: string }) {
  return { status: ok ? 'ok' : otherwise, required }
}

async function look({ name, required, check, otherwise = 'unavailable' }: HealthCheck, logger: Logger) {
  try {
    await pTimeout(check(), { milliseconds: LIMIT_MS, message: `no answer within ${LIMIT_MS} ms` })
    return { name, required, otherwise, ok: true }
  } catch (error) {
    logger.debug({ event: 'health.check-failed', dependency: name, error })
    return { name, required, otherwise, ok: false }
  }
}
