import { openDiskStore, type FileStore } from '@likeness/media-files'
import { connectBroker, createPublisher, createQueueDepths } from '@likeness/media-jobs'
import { openMediasdb } from '@likeness/mediasdb'
import { createIdempotencyStore } from '@likeness/postgres'
import { createServiceClient } from '@likeness/service-kit/client'
import {
  createKeyExchange,
  createRemoteKeys,
  createServiceTokenSource,
  createTokenVerifier,
  followRevocations,
  revocationsFrom,
  type RevocationFollower,
  type VerificationKeys,
} from '@likeness/service-kit/identity'
import { createMetrics, type Logger } from '@likeness/service-kit/process'

import type { Environment } from './env.ts'
import { createEventFeed } from './events/event-feed.ts'
import { createFeatures } from './features/features.ts'
import { registerJobMetrics } from './fleet/job-metrics.ts'
import { createOwnerMetrics } from './owners/owner-metrics.ts'
import { createOwnerNames } from './owners/owner-names.ts'
import { readPresetsFile } from './presets/presets-file.ts'
import { createPresetsInForce } from './presets/presets-in-force.ts'

export type Context = ReturnType<typeof createContext>

interface Overrides {
  keys?: VerificationKeys
  revocations?: RevocationFollower
  store?: FileStore
}

/**
 * Everything that is made once and handed down. Nothing here waits for a database or a broker to be there.
 *
 * @throws {EnvironmentError} when the file of presets cannot be used.
 */
export function createContext(environment: Environment, logger: Logger, overrides: Overrides = {}) {
  const presets = createPresetsInForce(readPresetsFile(environment.PRESETS_FILE))
  const metrics = createMetrics('medias-service')
  const mediasdb = openMediasdb(environment.MEDIASDB_URL, {
    applicationName: 'medias-service',
    poolSize: environment.DATABASE_POOL_SIZE,
  })
  const broker = connectBroker({ url: environment.AMQP_URL, name: 'medias-service', logger })
  const publisher = createPublisher(broker)
  const queueDepths = createQueueDepths(broker)
  registerJobMetrics(metrics, mediasdb, queueDepths)
  const jwksUrl = new URL('/.well-known/jwks.json', environment.AUTH_SERVICE_URL).href
  const keys = overrides.keys ?? createRemoteKeys({ url: jwksUrl, logger })
  const token = createServiceTokenSource({
    authServiceUrl: environment.AUTH_SERVICE_URL,
    clientId: environment.SERVICE_CLIENT_ID,
    clientSecret: environment.SERVICE_CLIENT_SECRET,
  })
  const mainService = createServiceClient({
    name: 'main-service',
    baseUrl: environment.MAIN_SERVICE_URL,
    limitMs: 1_500,
    token,
  })
  const authService = createServiceClient({ name: 'auth-service', baseUrl: environment.AUTH_SERVICE_URL, token })
  const revocations =
    overrides.revocations ?? followRevocations({ read: revocationsFrom(authService), logger, metrics })
  return {
    environment,
    logger,
    metrics,
    mediasdb,
    broker,
    publisher,
    queueDepths,
    mainService,
    store: overrides.store ?? openDiskStore(environment.MEDIA_STORE_DIR),
    tokens: createTokenVerifier({
      keys,
      issuer: environment.TOKEN_ISSUER,
      revocations,
      exchangeKey: createKeyExchange(environment.AUTH_SERVICE_URL),
    }),
    revocations,
    /** Aborted when the service stops, to answer the requests that wait for a change. */
    stopping: new AbortController(),
    authService,
    idempotency: createIdempotencyStore(mediasdb, environment.SERVICE_CLIENT_SECRET),
    ownerNames: createOwnerNames(mainService, logger),
    features: createFeatures(mainService, logger, { freshMs: environment.FEATURE_SECONDS * 1_000 }),
    ownerMetrics: createOwnerMetrics(metrics),
    events: createEventFeed({ mediasdb, databaseUrl: environment.MEDIASDB_URL, logger }),
    presets,
    async close() {
      await this.events.stop()
      await revocations.stop()
      await Promise.all([publisher.close(), queueDepths.close()])
      await broker.close()
      await mediasdb.close()
    },
  }
}
