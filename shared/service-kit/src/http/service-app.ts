import type { Express, RequestHandler } from 'express'
import helmet from 'helmet'

import type { TokenVerifier } from '../identity/access-token.ts'
import type { FeatureGates } from '../identity/features.ts'
import { exposeMetrics, sendMetrics } from '../process/exposed-metrics.ts'
import type { Logger } from '../process/logger.ts'
import { measureRequests, type Metrics } from '../process/metrics.ts'
import { followRequest } from '../process/request-context.ts'
import type { ApiTag } from './api-tags.ts'
import { bareApp } from './bare-app.ts'
import { allowOrigins, type AllowedOrigins } from './cors.ts'
import { createDocs } from './docs.ts'
import { everyServiceErrors, type ErrorSection } from './error-reference.ts'
import { errorsPage } from './errors-page.ts'
import { createHealthRoutes } from './health-routes.ts'
import { createHealthProbes, type HealthCheck } from './health.ts'
import type { IdempotencyStore } from './idempotency.ts'
import type { OpenApiOptions } from './openapi.ts'
import {
  createProblemHandler,
  rejectFaultyRequests,
  rejectUnknownRoutes,
  type ErrorTranslation,
} from './problem-handler.ts'
import { createRequestLimiter, type RequestLimits } from './request-limits.ts'
import { logRequests } from './request-log.ts'
import type { Route } from './route.ts'
import { createRouter, type OwnRowsRule } from './router.ts'

interface ServiceAppOptions extends AllowedOrigins {
  name: string
  version: string
  description: string
  logger: Logger
  metrics: Metrics
  /** The bearer token for `/metrics`. Default: everybody can read the metrics. */
  metricsToken?: string | undefined
  checks: HealthCheck[]
  tokens: TokenVerifier
  /** Under `/api/v1`. */
  routes: Route[]
  /** Under `/internal`: only for other services, never for clients. */
  internalRoutes?: Route[]
  /** At the root: paths that a standard requires. */
  rootRoutes?: Route[]
  idempotency?: IdempotencyStore
  /** Evaluates the features that routes require. */
  features?: FeatureGates
  /** Whether a permission for own rows would do, so that a 403 names the least permission. Default: never. */
  wouldOwnRowsDo?: OwnRowsRule
  translateError?: ErrorTranslation
  /** The groups of the routes in the API reference. */
  tags?: ApiTag[]
  /** The codes that every route returns while a dependency of the service is unavailable, for the API reference. */
  unavailable?: string[]
  /** The error codes of this service, in addition to the codes of every service, for `/docs/errors`. */
  errors?: () => ErrorSection[]
  /** Default: no limits. */
  limits?: RequestLimits
  /** The origin in the URLs of responses. Default: URLs are paths. */
  publicUrl?: string | undefined
  trustedProxies?: string
}

/**
 * Creates an Express application with everything that all services share: health, metrics, documentation, logs, security
 * headers and problems.
 */
export function createServiceApp(options: ServiceAppOptions): Express {
  const { logger, metrics, tokens, features, internalRoutes = [], rootRoutes = [] } = options
  const app = bareApp()
  app.set('trust proxy', options.trustedProxies ?? 'loopback')
  app.use(followRequest, ignoreCacheControl, logRequests(logger), measureRequests(metrics), securityHeaders())
  app.use(allowOrigins(options))
  app.use(rejectFaultyRequests)
  app.use(createHealthRoutes(createHealthProbes(options.checks, logger)))
  app.get('/metrics', serveMetrics(metrics, options.metricsToken))
  const { beforeVerification, afterVerification } = createRequestLimiter(options.limits ?? noLimits, options)
  app.use(beforeVerification)
  app.get('/openapi.json', describeOnce({ ...options, title: options.name }))
  app.get('/docs/errors', explainErrors(options))
  app.use('/docs', createDocs(options.name))
  app.use('/api/v1', createRouter({ ...options, afterVerification }))
  app.use('/internal', createRouter({ routes: internalRoutes, tokens, features }))
  app.use(createRouter({ routes: rootRoutes, tokens, features }))
  app.use(rejectUnknownRoutes, createProblemHandler(logger, options.translateError))
  return app
}

const noLimits = { perCaller: 0, perAddress: 0 }

/**
 * Serves the OpenAPI document. The generator takes about 2 MB of memory and most processes never need it, so it is loaded
 * at the first request.
 */
function describeOnce(options: OpenApiOptions): RequestHandler {
  // Throws at the start if the generator is not installed.
  import.meta.resolve?.('@asteasolutions/zod-to-openapi')
  let document: Promise<object> | undefined
  return async (_request, response) => {
    document ??= import('./openapi.ts').then(({ describeRoutes }) => describeRoutes(options))
    response.json(await document)
  }
}

function serveMetrics(metrics: Metrics, token: string | undefined): RequestHandler {
  const exposed = exposeMetrics(metrics, token)
  return (request, response) => sendMetrics(exposed, request, response)
}

/** Serves the page to which the `type` of every problem links. */
function explainErrors({ name, errors = () => [] }: ServiceAppOptions): RequestHandler {
  let html: string | undefined
  return (_request, response) => {
    html ??= errorsPage(name, [everyServiceErrors(), ...errors()])
    response.type('html').send(html)
  }
}

/**
 * If a caller of `fetch` sets `If-None-Match`, `fetch` adds `Cache-Control: no-cache`, and then Express never returns
 * 304. That header is for caches between the client and the service (RFC 9111 §5.2.1), so the service ignores it.
 */
const ignoreCacheControl: RequestHandler = (request, _response, next) => {
  delete request.headers['cache-control']
  next()
}

/**
 * The headers of Helmet without `upgrade-insecure-requests`, which would redirect clients of a plain-HTTP address in a
 * local network to HTTPS.
 */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  })
}
