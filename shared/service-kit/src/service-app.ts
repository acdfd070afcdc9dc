import cors from 'cors'
import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'

import type { TokenVerifier } from './access-token.ts'
import { createDocs } from './docs.ts'
import { entityTag } from './entity-tag.ts'
import type { FeatureGates } from './features.ts'
import { createHealthRoutes, type HealthCheck, type LivenessCheck } from './health.ts'
import type { IdempotencyStore } from './idempotency.ts'
import type { Logger } from './logger.ts'
import { measureRequests, metricsRoute, type Metrics } from './metrics.ts'
import { describeRoutes } from './openapi.ts'
import { createProblemHandler, nothingHere, type ErrorTranslation } from './problem-handler.ts'
import { followRequest } from './request-context.ts'
import { logRequests } from './request-log.ts'
import { createRouter, type Route } from './route.ts'

interface ServiceAppOptions {
  name: string
  version: string
  description: string
  logger: Logger
  metrics: Metrics
  checks: HealthCheck[]
  tokens: TokenVerifier
  /** Below `/api/v1`. */
  routes: Route[]
  /** Below `/internal`: for the other services, never for clients. */
  internalRoutes?: Route[]
  /** At the root: what a standard puts there. */
  rootRoutes?: Route[]
  idempotency?: IdempotencyStore
  /** What decides where a route names a feature. */
  features?: FeatureGates
  translateError?: ErrorTranslation
  corsOrigins?: string[]
  trustedProxies?: string
}

/** An Express application with what every service has from its first day, in one order. */
export function createServiceApp(options: ServiceAppOptions): Express {
  const { logger, metrics, tokens, idempotency, features, routes, internalRoutes = [], rootRoutes = [] } = options
  const app = bareApp()
  app.set('trust proxy', options.trustedProxies ?? 'loopback')
  app.use(followRequest, answerConditions, logRequests(logger), measureRequests(metrics), securityHeaders())
  if (options.corsOrigins?.length) app.use(allowOrigins(options.corsOrigins))
  app.use(createHealthRoutes(options.checks, logger))
  app.get('/metrics', metricsRoute(metrics))
  const document = describeRoutes({ ...options, title: options.name, routes: [...routes] })
  app.get('/openapi.json', (_request, response) => void response.json(document))
  app.use('/docs', createDocs(options.name))
  app.use('/api/v1', createRouter({ routes, tokens, idempotency, features }))
  app.use('/internal', createRouter({ routes: internalRoutes, tokens, features }))
  app.use(createRouter({ routes: rootRoutes, tokens, features }))
  app.use(nothingHere, createProblemHandler(logger, options.translateError))
  return app
}

/** What a deployable without clients serves: whether it lives, whether it is ready, and its figures. */
export function createHealthApp({
  logger,
  metrics,
  checks,
  liveness,
}: Pick<ServiceAppOptions, 'logger' | 'metrics' | 'checks'> & { liveness: LivenessCheck[] }): Express {
  const app = bareApp()
  app.use(createHealthRoutes(checks, logger, liveness))
  app.get('/metrics', metricsRoute(metrics))
  app.use(nothingHere, createProblemHandler(logger))
  return app
}

function bareApp(): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', (body: Buffer | string) => entityTag(body))
  app.set('query parser', 'simple')
  // /INTERNAL is not /internal, which a proxy may have been told to keep closed by that name.
  app.enable('case sensitive routing')
  return app
}

/**
 * `fetch` sends `no-cache` with an `If-None-Match` of the caller's, and Express then never answers 304. It is said to
 * caches on the way (RFC 9111, 5.2.1); where the resource itself lies, the condition decides.
 */
const answerConditions: RequestHandler = (request, _response, next) => {
  delete request.headers['cache-control']
  next()
}

/** Helmet's, less what would turn a plain-HTTP address of the local network into HTTPS that nobody serves. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  })
}

function allowOrigins(origins: string[]): RequestHandler {
  return cors({
    origin: origins.includes('*') ? '*' : origins,
    credentials: !origins.includes('*'),
    exposedHeaders: ['ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id', 'WWW-Authenticate'],
    maxAge: 600,
  })
}
