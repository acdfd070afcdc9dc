import pTimeout from 'p-timeout'

import type { Logger } from '../process/logger.ts'

/** The check of a dependency. */
export interface HealthCheck {
  name: string
  /** Whether `/readyz` is 503 without this dependency. False for other services and the broker: they are only reported. */
  required: boolean
  /** Throws when the dependency is unavailable. */
  check(): Promise<void>
  /** The status that `/readyz` reports while the check fails; default `unavailable`. */
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

/** The responses of `/healthz` and `/readyz`. */
export interface HealthProbes {
  /** 200 while the process works; 503 with the reasons while a liveness check is stuck. */
  healthz(): HealthAnswer
  /** 200 if every required check passes, otherwise 503. The body lists all checks. */
  readyz(): Promise<HealthAnswer>
}

/** Creates the probes. They do not depend on HTTP, so that a process without Express can also use them. */
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
      const results = await Promise.all(checks.map((check) => runCheck(check, logger)))
      const ready = results.every(({ ok, required }) => ok || !required)
      const states = Object.fromEntries(results.map(({ name, ...result }) => [name, stateOf(result)]))
      return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not-ready', checks: states } }
    },
  }
}

function stateOf({ ok, required, otherwise }: { ok: boolean; required: boolean; otherwise: string }) {
  return { status: ok ? 'ok' : otherwise, required }
}

async function runCheck({ name, required, check, otherwise = 'unavailable' }: HealthCheck, logger: Logger) {
  try {
    await pTimeout(check(), { milliseconds: LIMIT_MS, message: `no result within ${LIMIT_MS} ms` })
    return { name, required, otherwise, ok: true }
  } catch (error) {
    logger.debug({ event: 'health.check-failed', dependency: name, error })
    return { name, required, otherwise, ok: false }
  }
}
