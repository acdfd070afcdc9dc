import { openDiskStore, type FileStore } from '@likeness/media-files'
import {
  connectBroker,
  createPublisher,
  createQueueDepths,
  type Broker,
  type Publisher,
  type QueueDepths,
} from '@likeness/media-jobs'
import { openMediasdb, type Mediasdb } from '@likeness/mediasdb'
import { createIdempotencyStore } from '@likeness/postgres'
import { createServiceClient, type ServiceClient } from '@likeness/service-kit/client'
import type { HealthCheck } from '@likeness/service-kit/health'
import type { IdempotencyStore } from '@likeness/service-kit/http'
import {
  createKeyExchange,
  createRemoteKeys,
  createServiceTokenSource,
  createTokenVerifier,
  followRevocations,
  revocationsFrom,
  type RevocationFollower,
  type TokenVerifier,
  type VerificationKeys,
} from '@likeness/service-kit/identity'
import { createMetrics, watchDependency, type Logger, type Metrics } from '@likeness/service-kit/process'

import { createMessageAllowance, type MessageAllowance } from './dead-jobs/message-allowance.ts'
import { createDeliveryCounter, type CountDelivered } from './delivery/delivery-metrics.ts'
import type { Environment } from './env.ts'
import { createEventStreams, type EventStreams } from './events/event-streams.ts'
import { createStreamLimiter, type StreamLimiter } from './events/stream-limiter.ts'
import { streamLimits } from './events/stream-limits.ts'
import { createFeatures, type Features } from './features/features.ts'
import { registerJobMetrics, type CountDelivery } from './fleet/job-metrics.ts'
import { createOwnerMetrics, type OwnerMetrics } from './owners/owner-metrics.ts'
import { createOwnerNames, type OwnerNames } from './owners/owner-names.ts'
import { readPresetsFile } from './presets/presets-file.ts'
import { createPresetsInForce, type PresetsInForce } from './presets/presets-in-force.ts'
import { createUploadCounter, type CountUpload } from './uploads/upload-metrics.ts'

/** Everything that is created once at startup. */
export interface Context {
  environment: Environment
  logger: Logger
  metrics: Metrics
  mediasdb: Mediasdb
  broker: Broker
  publisher: Publisher
  queueDepths: QueueDepths
  store: FileStore
  /** The keys of received files whose rows may exist or not, because the connection was lost during their commit. */
  unsettled: Set<string>
  tokens: TokenVerifier
  revocations: RevocationFollower
  /** Aborts when the service stops, so that requests that wait for a change return. */
  stopping: AbortController
  authService: ServiceClient
  mainService: ServiceClient
  idempotency: IdempotencyStore
  ownerNames: OwnerNames
  ownerMetrics: OwnerMetrics
  countDelivery: CountDelivery
  countUpload: CountUpload
  countDelivered: CountDelivered
  messageAllowance: MessageAllowance
  features: Features
  events: EventStreams
  streamLimiter: StreamLimiter
  presets: PresetsInForce
  checks: HealthCheck[]
  /** Stops the event streams and the revocation feed, and closes every connection. */
  close(): Promise<void>
}

/** Parts that tests replace. */
export interface Overrides {
  keys?: VerificationKeys
  revocations?: RevocationFollower
  store?: FileStore
}

/**
 * Creates the context. It does not wait for the database, the broker or another service.
 *
 * @throws {EnvironmentError} when the presets file is invalid.
 */
export async function createContext(
  environment: Environment,
  logger: Logger,
  overrides: Overrides = {},
): Promise<Context> {
  const presets = createPresetsInForce(readPresetsFile(environment.PRESETS_FILE))
  const metrics = createMetrics('medias-service')
  const watchPeer = (name: string, variable: string) => watchDependency({ name, variable, isPeer: true, logger })
  const watchAuth = watchPeer('auth-service', 'AUTH_SERVICE_URL')
  const mediasdb = openMediasdb(environment.MEDIASDB_URL, {
    applicationName: 'medias-service',
    poolSize: environment.DATABASE_POOL_SIZE,
    role: 'medias_service',
    watch: watchDependency({ name: 'mediasdb', variable: 'MEDIASDB_URL', logger }),
  })
  const broker = connectBroker({
    url: environment.AMQP_URL,
    topology: environment.AMQP_TOPOLOGY,
    name: 'medias-service',
    logger,
  })
  const publisher = createPublisher(broker)
  const queueDepths = createQueueDepths(broker)
  const countDelivery = registerJobMetrics(metrics, mediasdb, queueDepths)
  const jwksUrl = new URL('/.well-known/jwks.json', environment.AUTH_SERVICE_URL).href
  const keys = overrides.keys ?? createRemoteKeys({ url: jwksUrl, logger, watch: watchAuth })
  const token = createServiceTokenSource({
    authServiceUrl: environment.AUTH_SERVICE_URL,
    clientId: 'medias-service',
    clientSecret: environment.MEDIAS_SERVICE_CLIENT_SECRET,
    watch: watchAuth,
  })
  const mainService = createServiceClient({
    name: 'main-service',
    baseUrl: environment.MAIN_SERVICE_URL,
    limitMs: 1_500,
    token,
    watch: watchPeer('main-service', 'MAIN_SERVICE_URL'),
  })
  const authService = createServiceClient({
    name: 'auth-service',
    baseUrl: environment.AUTH_SERVICE_URL,
    token,
    watch: watchAuth,
  })
  const revocations =
    overrides.revocations ?? followRevocations({ read: revocationsFrom(authService), logger, metrics })
  const store = overrides.store ?? openDiskStore(environment.MEDIA_STORE_DIR)
  const tokens = createTokenVerifier({
    keys,
    issuer: environment.TOKEN_ISSUER,
    revocations,
    exchangeKey: createKeyExchange(environment.AUTH_SERVICE_URL, token),
  })
  const events = createEventStreams({ mediasdb, databaseUrl: environment.MEDIASDB_URL, tokens, logger, metrics })
  return {
    environment,
    logger,
    metrics,
    mediasdb,
    broker,
    publisher,
    queueDepths,
    mainService,
    store,
    unsettled: new Set(),
    tokens,
    revocations,
    stopping: new AbortController(),
    authService,
    idempotency: createIdempotencyStore(mediasdb, environment.MEDIAS_SERVICE_CLIENT_SECRET),
    ownerNames: createOwnerNames(mainService, logger),
    features: createFeatures(mainService, logger, { freshMs: environment.FEATURE_SECONDS * 1_000 }),
    ownerMetrics: createOwnerMetrics(metrics),
    countDelivery,
    countUpload: createUploadCounter(metrics),
    countDelivered: createDeliveryCounter(metrics),
    messageAllowance: createMessageAllowance({ metrics, logger }),
    events,
    streamLimiter: createStreamLimiter(streamLimits(environment, logger), metrics),
    presets,
    checks: checksOf({ mediasdb, store, broker, mainService, authService, revocations }),
    async close() {
      await events.stop()
      await revocations.stop()
      await Promise.all([publisher.close(), queueDepths.close()])
      await broker.close()
      await mediasdb.close()
      await store.close()
    },
  }
}

function checksOf({
  mediasdb,
  store,
  broker,
  mainService,
  authService,
  revocations,
}: Pick<Context, 'mediasdb' | 'store' | 'broker' | 'mainService' | 'authService' | 'revocations'>): HealthCheck[] {
  return [
    { name: 'mediasdb', required: true, check: async () => void (await mediasdb.rows('SELECT 1 AS here')) },
    { name: 'store', required: true, check: () => store.check('incoming/') },
    {
      name: 'broker',
      required: false,
      async check() {
        if (!broker.isConnected()) throw new Error('Not connected to RabbitMQ')
      },
    },
    { name: 'revocations', required: false, check: revocations.check },
    { name: 'auth-service', required: false, check: async () => void (await authService.send('GET', '/healthz')) },
    {
      name: 'main-service',
      required: false,
      check: async () => void (await mainService.send('GET', '/healthz')),
    },
  ]
}
