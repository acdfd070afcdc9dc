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
  /** Under `/api/v1`. */
  routes: Route[]
  /** Under `/internal`: for the other services, never for clients. */
  internalRoutes?: Route[]
  /** At the root: paths that a standard requires. */
  rootRoutes?: Route[]
  idempotency?: IdempotencyStore
  /** Evaluates the features that routes name. */
  features?: FeatureGates
  translateError?: ErrorTranslation
  corsOrigins?: string[]
  trustedProxies?: string
}

/**
 * An Express application with everything that all services share: health, metrics, documentation, logs, security
 * headers and problems.
 */
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
 * Answers the OpenAPI document. The generator is loaded at the first request, because most processes never get one, and
 * it would keep about 2 MB in each process.
 */
function describeOnce(options: OpenApiOptions): RequestHandler {
  // Fail at the start when the generator is missing.
  import.meta.resolve?.('@asteasolutions/zod-to-openapi')
  let document: Promise<object> | undefined
  return async (_request, response) => {
    document ??= import('./openapi.ts').then(({ describeRoutes }) => describeRoutes(options))
    response.json(await document)
  }
}

/**
 * `fetch` sends `Cache-Control: no-cache` together with an `If-None-Match` of its caller, and then Express never
 * answers 304. The header addresses caches on the way (RFC 9111 §5.2.1); at the origin, the condition decides.
 */
const answerConditions: RequestHandler = (request, _response, next) => {
  delete request.headers['cache-control']
  next()
}

/**
 * The headers of Helmet, without the one that would send clients of a plain-HTTP address in a local network to HTTPS.
 */
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
