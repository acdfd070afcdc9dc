import {
  allowOrigins,
  bareApp,
  createHealthProbes,
  createHealthRoutes,
  createProblemHandler,
  logRequests,
  rejectFaultyRequests,
  rejectUnknownRoutes,
} from '@likeness/service-kit/http'
import { followRequest, targetOf } from '@likeness/service-kit/process'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import helmet from 'helmet'

import type { Context } from './context.ts'
import type { Environment } from './env.ts'

/**
 * Creates the application: requests for a path in the table of routes go to their service, and all others to the static
 * pages. `/internal` and `/metrics` are in neither.
 */
export function createApp({ environment, logger, routes, services, checks }: Context): Express {
  const app = bareApp()
  app.set('trust proxy', environment.TRUSTED_PROXIES)
  app.use(followRequest, rejectFaultyRequests)
  app.use((request, response, next) => {
    const service = routes(targetOf(request).path)
    if (!service) return next()
    services.forward(service, request, response).catch(next)
  })
  // The services log their own requests.
  app.use(logRequests(logger))
  app.use(createHealthRoutes(createHealthProbes(checks, logger)))
  app.use(securityHeaders(), express.static(environment.SITE_DIR, { redirect: true }))
  app.use(rejectUnknownRoutes, allowToRead(environment), createProblemHandler(logger))
  return app
}

/** Lets pages of other origins read the problems of the gateway. The services do this for their own responses. */
function allowToRead({ CORS_ORIGINS, NODE_ENV }: Environment): ErrorRequestHandler {
  const allow = allowOrigins({ corsOrigins: CORS_ORIGINS, allowLocalOrigins: NODE_ENV === 'development' })
  return (error: unknown, request, response, next) => void allow(request, response, () => next(error))
}

/** The pages load scripts, styles and data from this origin only. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: false,
  })
}
