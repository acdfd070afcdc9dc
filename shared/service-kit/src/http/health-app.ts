import type { Express } from 'express'

import type { Logger } from '../process/logger.ts'
import { metricsRoute, type Metrics } from '../process/metrics.ts'
import { bareApp } from './bare-app.ts'
import { createHealthRoutes, type HealthCheck, type LivenessCheck } from './health.ts'
import { createProblemHandler, nothingHere } from './problem-handler.ts'

interface HealthAppOptions {
  logger: Logger
  metrics: Metrics
  checks: HealthCheck[]
  liveness: LivenessCheck[]
}

/** What a deployable without clients serves: whether it lives, whether it is ready, and its figures. */
export function createHealthApp({ logger, metrics, checks, liveness }: HealthAppOptions): Express {
  const app = bareApp()
  app.use(createHealthRoutes(checks, logger, liveness))
  app.get('/metrics', metricsRoute(metrics))
  app.use(nothingHere, createProblemHandler(logger))
  return app
}
