import { databaseFault } from '@likeness/postgres'
import { createServiceApp, revocationRoute } from '@likeness/service-kit/http'
import { callerAttributes } from '@likeness/service-kit/identity'
import type { Express } from 'express'

import { accessRoutes } from './access/access-routes.ts'
import { internalUserRoutes } from './accounts/internal-user-routes.ts'
import { meRoutes } from './accounts/me-routes.ts'
import { userRoutes } from './accounts/user-routes.ts'
import { apiKeyRoutes, internalApiKeyRoutes } from './api-keys/api-key-routes.ts'
import { apiTags } from './api-tags.ts'
import { auditRoutes } from './audit/audit-routes.ts'
import { avatarRoutes } from './avatars/avatar-routes.ts'
import { cardRoutes } from './cards/card-routes.ts'
import type { Context } from './context.ts'
import { exportRoutes } from './exports/export-routes.ts'
import { featureRoutes } from './features/feature-routes.ts'
import { isGate } from './features/gates.ts'
import { internalFeatureRoutes } from './features/internal-feature-routes.ts'
import { internalInvitationRoutes } from './invitations/internal-invitation-routes.ts'
import { invitationRoutes } from './invitations/invitation-routes.ts'
import { wouldOwnRowsDo } from './permissions/own-rows.ts'
import { permissionRoutes } from './permissions/permission-routes.ts'
import { mainErrors } from './problem-guide.ts'
import { translateConstraint } from './problems.ts'
import { roleRoutes } from './roles/role-routes.ts'
import { credentialRoutes } from './sessions/credential-routes.ts'
import { sessionRoutes } from './sessions/session-routes.ts'
import { userRoleRoutes } from './user-roles/user-role-routes.ts'

export function createApp(context: Context): Express {
  const { logger, metrics, checks, tokens, idempotency, features, environment } = context
  return createServiceApp({
    name: 'main-service',
    version: '0.1.0',
    description: 'Users, their roles and permissions, and feature flags.',
    logger,
    metrics,
    metricsToken: environment.METRICS_TOKEN,
    checks,
    tokens,
    idempotency,
    features: {
      knows: isGate,
      isOn: async (gate, caller) => isGate(gate) && features.isOn(gate, { ...callerAttributes(caller) }),
    },
    limits: { perCaller: environment.CALLER_REQUESTS_PER_MINUTE, perAddress: environment.ADDRESS_REQUESTS_PER_MINUTE },
    publicUrl: environment.PUBLIC_URL,
    corsOrigins: environment.CORS_ORIGINS,
    allowLocalOrigins: environment.NODE_ENV === 'development',
    trustedProxies: environment.TRUSTED_PROXIES,
    wouldOwnRowsDo,
    translateError: (error) => translateConstraint(error) ?? databaseFault(error),
    errors: mainErrors,
    tags: apiTags,
    unavailable: ['database-unavailable', 'auth-service-unavailable'],
    routes: [
      ...meRoutes(context),
      ...invitationRoutes(context),
      ...cardRoutes(context),
      ...userRoutes(context),
      ...avatarRoutes(context),
      ...exportRoutes(context),
      ...userRoleRoutes(context),
      ...roleRoutes(context),
      ...permissionRoutes(context),
      ...accessRoutes(context),
      ...auditRoutes(context),
      ...featureRoutes(context),
      ...apiKeyRoutes(context),
    ],
    internalRoutes: [
      ...credentialRoutes(context),
      ...sessionRoutes(context),
      ...internalUserRoutes(context),
      ...internalInvitationRoutes(context),
      ...internalFeatureRoutes(context),
      revocationRoute(context.feed.read),
      ...internalApiKeyRoutes(context),
    ],
  })
}
