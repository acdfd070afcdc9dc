import { databaseFault } from '@likeness/postgres'
import { createServiceApp } from '@likeness/service-kit/http'
import type { Express } from 'express'

import { apiTags } from './api-tags.ts'
import type { Context } from './context.ts'
import { deadJobRoutes } from './dead-jobs/dead-job-routes.ts'
import { deliveryRoutes, internalFileRoutes } from './delivery/delivery-routes.ts'
import { eventRoutes } from './events/event-routes.ts'
import { isGate } from './features/gates.ts'
import { fleetRoutes } from './fleet/fleet-routes.ts'
import { mediaRoutes } from './library/media-routes.ts'
import { ownRowsRule } from './media/own-rows.ts'
import { internalOwnerRoutes } from './owners/internal-owner-routes.ts'
import { internalPresetRoutes } from './presets/internal-preset-routes.ts'
import { presetRoutes } from './presets/preset-routes.ts'
import { mediaErrors } from './problem-guide.ts'
import { storeProblem } from './problems.ts'
import { regenerationRoutes } from './regenerations/regeneration-routes.ts'
import { tagRoutes } from './tags/tag-routes.ts'
import { uploadRoutes } from './uploads/upload-routes.ts'
import { versionRoutes } from './versions/version-routes.ts'

export function createApp(context: Context): Express {
  const { environment, logger, metrics, checks, tokens, idempotency, features } = context
  return createServiceApp({
    name: 'medias-service',
    version: '0.1.0',
    description:
      'Upload, organise and deliver pictures and files: media, versions, sizes, tags, presets and render jobs.',
    logger,
    metrics,
    metricsToken: environment.METRICS_TOKEN,
    tokens,
    idempotency,
    features: { knows: isGate, isOn: async (gate, caller) => isGate(gate) && features.isOn(gate, caller) },
    checks,
    routes: [
      ...uploadRoutes(context),
      ...mediaRoutes(context),
      ...versionRoutes(context),
      ...deliveryRoutes(context),
      ...eventRoutes(context),
      ...tagRoutes(context),
      ...presetRoutes(context),
      ...fleetRoutes(context),
      ...deadJobRoutes(context),
      ...regenerationRoutes(context),
    ],
    internalRoutes: [...internalOwnerRoutes(context), ...internalFileRoutes(context), ...internalPresetRoutes(context)],
    wouldOwnRowsDo: ownRowsRule(context),
    translateError: (error) => storeProblem(error) ?? databaseFault(error),
    errors: mediaErrors,
    tags: apiTags,
    unavailable: ['database-unavailable', 'auth-service-unavailable'],
    limits: { perCaller: environment.CALLER_REQUESTS_PER_MINUTE, perAddress: environment.ADDRESS_REQUESTS_PER_MINUTE },
    publicUrl: environment.PUBLIC_URL,
    corsOrigins: environment.CORS_ORIGINS,
    allowLocalOrigins: environment.NODE_ENV === 'development',
    trustedProxies: environment.TRUSTED_PROXIES,
  })
}
