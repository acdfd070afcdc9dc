import { createServiceApp, revocationRoute, type Route } from '@likeness/service-kit/http'
import { revocationsFrom } from '@likeness/service-kit/identity'
import type { Express } from 'express'

import { apiTags } from './api-tags.ts'
import type { Context } from './context.ts'
import { invitationRoutes } from './invitations/invitation-routes.ts'
import { wellKnownRoutes } from './keys/well-known-routes.ts'
import { loginRoutes } from './login/login-routes.ts'
import { tokenRoutes } from './oauth/token-routes.ts'
import { internalPasswordRoutes } from './passwords/internal-password-routes.ts'
import { passwordRoutes } from './passwords/password-routes.ts'
import { authErrors } from './problem-guide.ts'
import { registrationRoutes } from './registration/registration-routes.ts'
import { sessionRoutes } from './sessions/session-routes.ts'

export function createApp(context: Context): Express {
  const { environment, logger, metrics, checks, tokens } = context
  return createServiceApp({
    name: 'auth-service',
    version: '0.1.0',
    description:
      'Registration, login, tokens and passwords. main-service stores the data: while main-service is unavailable, most requests return 503 `main-service-unavailable`.',
    logger,
    metrics,
    metricsToken: environment.METRICS_TOKEN,
    tokens,
    checks,
    routes: [
      ...registrationRoutes(context),
      ...invitationRoutes(context),
      ...loginRoutes(context),
      ...sessionRoutes(context),
      ...passwordRoutes(context),
      ...tokenRoutes(context),
    ],
    internalRoutes: [...internalPasswordRoutes(context), forwardedRevocations(context)],
    rootRoutes: wellKnownRoutes(context),
    limits: { perCaller: environment.CALLER_REQUESTS_PER_MINUTE, perAddress: environment.ADDRESS_REQUESTS_PER_MINUTE },
    publicUrl: environment.PUBLIC_URL,
    corsOrigins: environment.CORS_ORIGINS,
    allowLocalOrigins: environment.NODE_ENV === 'development',
    trustedProxies: environment.TRUSTED_PROXIES,
    errors: authErrors,
    tags: apiTags,
    unavailable: ['main-service-unavailable'],
  })
}

/** Forwards main-service's revocation feed, so that a service that verifies tokens needs only the URL of auth-service. */
function forwardedRevocations({ mainService, stopping }: Context): Route {
  const read = revocationsFrom(mainService)
  return revocationRoute((after, waitSeconds, signal) =>
    read(after, waitSeconds, AbortSignal.any([signal, stopping.signal])),
  )
}
