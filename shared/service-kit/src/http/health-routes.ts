import { Router } from 'express'

import type { HealthProbes } from './health.ts'

/** Serves `/healthz` and `/readyz` in an Express application. */
export function createHealthRoutes({ healthz, readyz }: HealthProbes): Router {
  const router = Router()
  for (const [path, probe] of [['/healthz', healthz] as const, ['/readyz', readyz] as const]) {
    router.get(path, async (_request, response) => {
      const { status, body } = await probe()
      response.status(status).set('Cache-Control', 'no-store').json(body)
    })
  }
  return router
}
