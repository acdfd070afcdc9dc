import { Router } from 'express'
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

/**
 * `/healthz`: the process lives; 503 with the reason when one of `liveness` is stuck. `/readyz`: 200 when what gates is
 * there, 503 otherwise, with each by its name.
 */
export function createHealthRoutes(checks: HealthCheck[], logger: Logger, liveness: LivenessCheck[] = []): Router {
  const router = Router()
  router.get('/healthz', (_request, response) => {
    const told = liveness.map((check) => [check.name, check.stuck()] as const)
    const reasons = Object.fromEntries(told.filter(([, reason]) => reason !== null))
    response.set('Cache-Control', 'no-store')
    if (Object.keys(reasons).length === 0) return response.json({ status: 'ok' })
    logger.error({ event: 'health.stuck', reasons })
    return response.status(503).json({ status: 'stuck', reasons })
  })
  router.get('/readyz', async (_request, response) => {
    const results = await Promise.all(checks.map((check) => look(check, logger)))
    const ready = results.every(({ ok, gates }) => ok || !gates)
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status: ready ? 'ready' : 'not-ready',
        checks: Object.fromEntries(results.map(({ name, ...result }) => [name, shown(result)])),
      })
  })
  return router
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
