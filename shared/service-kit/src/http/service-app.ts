import cors from 'cors'
import type { Express, RequestHandler } from 'express'
import helmet from 'helmet'

import type { TokenVerifier } from '../identity/access-token.ts'
import type { FeatureGates } from '../identity/features.ts'
import type { Logger } from '../process/logger.ts'
import { measureRequests, metricsRoute, type Metrics } from '../process/metrics.ts'
import { followRequest } from '../process/request-context.ts'
import { bareApp } from './bare-app.ts'
import { createDocs } from './docs.ts'
import { createHealthRoutes } from './health-routes.ts'
import { createHealthProbes, type HealthCheck } from './health.ts'
import type { IdempotencyStore } from './idempotency.ts'
import type { OpenApiOptions } from './openapi.ts'
import { createProblemHandler, nothingHere, type ErrorTranslation } from './problem-handler.ts'
import { logRequests } from './request-log.ts'
import type { Route } from './route.ts'
import { createRouter } from './router.ts'

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
  app.use(createHealthRoutes(createHealthProbes(options.checks, logger)))
  app.get('/metrics', metricsRoute(metrics))
  app.get('/openapi.json', describeOnce({ ...options, title: options.name }))
  app.use('/docs', createDocs(options.name))
  app.use('/api/v1', createRouter({ routes, tokens, idempotency, features }))
  app.use('/internal', createRouter({ routes: internalRoutes, tokens, features }))
  app.use(createRouter({ routes: rootRoutes, tokens, features }))
  app.use(nothingHere, createProblemHandler(logger, options.translateError))
  return app
}

/**
 * Answers the OpenAPI document. The generator is loaded and run at the first request: most processes never get one, and
 * it would keep about 2 MB in each.
 */
function describeOnce(options: OpenApiOptions): RequestHandler {
  // A missing generator must fail here, at the start.
  import.meta.resolve?.('@asteasolutions/zod-to-openapi')
  let document: Promise<object> | undefined
  return async (_request, response) => {
    document ??= import('./openapi.ts').then(({ describeRoutes }) => describeRoutes(options))
    response.json(await document)
  }
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
