import { Router } from 'express'

import type { Logger } from './logger.ts'

/** One thing that a deployable leans on. */
export interface HealthCheck {
  name: string
  /** Whether the deployable is of no use without it. Peers and the broker are named, and never gate. */
  gates: boolean
  /** Throws when it is not there. */
  check(): Promise<void>
}

const LIMIT_MS = 2_000

/** `/healthz`: the process lives. `/readyz`: 200 when what gates is there, 503 otherwise, with each by its name. */
export function createHealthRoutes(checks: HealthCheck[], logger: Logger): Router {
  const router = Router()
  router.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok' })
  })
  router.get('/readyz', async (_request, response) => {
    const results = await Promise.all(checks.map((check) => look(check, logger)))
    const ready = results.every(({ ok, gates }) => ok || !gates)
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status: ready ? 'ready' : 'not-ready',
        checks: Object.fromEntries(results.map(({ name, ok, gates }) => [name, { status: ok ? 'ok' : 'away', gates }])),
      })
  })
  return router
}

async function look({ name, gates, check }: HealthCheck, logger: Logger) {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT_MS} ms`)), LIMIT_MS)
  })
  try {
    await Promise.race([check(), limit])
    return { name, gates, ok: true }
  } catch (error) {
    logger.debug({ event: 'health.away', dependency: name, error })
    return { name, gates, ok: false }
  } finally {
    clearTimeout(timer)
  }
}
