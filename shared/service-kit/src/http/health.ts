import pTimeout from 'p-timeout'

import type { Logger } from '../process/logger.ts'

/** One thing that a deployable leans on. */
export interface HealthCheck {
  name: string
  /** Whether the deployable is of no use without it. Peers and the broker are named, and never gate. */
  gates: boolean
  /** Throws when it is not there. */
  check(): Promise<void>
  /** What it is called when it is not there; `away` unless told. */
  otherwise?: string
}

/** One thing that shows whether the process still does its work. */
export interface LivenessCheck {
  name: string
  /** Why starting the process anew would help; null where it would not. */
  stuck(): string | null
}

const LIMIT_MS = 2_000

interface HealthAnswer {
  status: number
  body: object
}

/** What `/healthz` and `/readyz` answer. */
export interface HealthProbes {
  /** 200 while the process lives; 503 with the reasons when a liveness check is stuck. */
  healthz(): HealthAnswer
  /** 200 when every check that gates passes, 503 otherwise; the body names each check. */
  readyz(): Promise<HealthAnswer>
}

/** Makes the probes. They know nothing of HTTP, so that a process without Express can answer them too. */
export function createHealthProbes(
  checks: HealthCheck[],
  logger: Logger,
  liveness: LivenessCheck[] = [],
): HealthProbes {
  return {
    healthz() {
      const told = liveness.map((check) => [check.name, check.stuck()] as const)
      const reasons = Object.fromEntries(told.filter(([, reason]) => reason !== null))
      if (Object.keys(reasons).length === 0) return { status: 200, body: { status: 'ok' } }
      logger.error({ event: 'health.stuck', reasons })
      return { status: 503, body: { status: 'stuck', reasons } }
    },
    async readyz() {
      const results = await Promise.all(checks.map((check) => look(check, logger)))
      const ready = results.every(({ ok, gates }) => ok || !gates)
      const told = Object.fromEntries(results.map(({ name, ...result }) => [name, shown(result)]))
      return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not-ready', checks: told } }
    },
  }
}

function shown({ ok, gates, otherwise }: { ok: boolean; gates: boolean; otherwise: string }) {
  return { status: ok ? 'ok' : otherwise, gates }
}

async function look({ name, gates, check, otherwise = 'away' }: HealthCheck, logger: Logger) {
  try {
    await pTimeout(check(), { milliseconds: LIMIT_MS, message: `no answer within ${LIMIT_MS} ms` })
    return { name, gates, otherwise, ok: true }
  } catch (error) {
    logger.debug({ event: 'health.away', dependency: name, error })
    return { name, gates, otherwise, ok: false }
  }
}
