import { createIdempotencyStore } from '@likeness/postgres'
import { requestText, createServiceClient, type ServiceClient } from '@likeness/service-kit/client'
import type { HealthCheck } from '@likeness/service-kit/health'
import type { IdempotencyStore } from '@likeness/service-kit/http'
import {
  createKeyExchange,
  createRemoteKeys,
  createServiceTokenSource,
  createTokenVerifier,
  followRevocations,
  type RevocationFollower,
  type TokenVerifier,
  type VerificationKeys,
} from '@likeness/service-kit/identity'
import { createMetrics, watchDependency, type Logger, type Metrics } from '@likeness/service-kit/process'

import type { Environment } from './env.ts'
import { createExportLimiter, type ExportLimiter } from './exports/export-limiter.ts'
import { createFeatures, type Features } from './features/features.ts'
import { openFeatureSource } from './features/open-feature-source.ts'
import { createStickyBuckets } from './features/sticky-buckets.ts'
import { createMailer, type Mailer } from './mail/mail.ts'
import { openMaindb, type Maindb } from './maindb.ts'
import { openRevocationFeed, type RevocationFeed } from './revocations/revocation-feed.ts'

/** The parts that are created once per process. */
export interface Context {
  environment: Environment
  logger: Logger
  metrics: Metrics
  maindb: Maindb
  tokens: TokenVerifier
  feed: RevocationFeed
  revocations: RevocationFollower
  idempotency: IdempotencyStore
  features: Features
  mailer: Mailer
  exportLimiter: ExportLimiter
  authService: ServiceClient
  mediasService: ServiceClient
  checks: HealthCheck[]
  /** Stops the followers and closes every connection. */
  close(): Promise<void>
}

/** Parts that tests can replace. */
export interface Overrides {
  keys?: VerificationKeys
  revocations?: RevocationFollower
}

/** Creates the context. It does not wait for the database or for another service. */
export async function createContext(
  environment: Environment,
  logger: Logger,
  overrides: Overrides = {},
): Promise<Context> {
  const authServiceUrl = environment.AUTH_SERVICE_URL
  const mediasServiceUrl = environment.MEDIAS_SERVICE_URL
  const watchPeer = (name: string, variable: string) => watchDependency({ name, variable, isPeer: true, logger })
  const watchAuth = watchPeer('auth-service', 'AUTH_SERVICE_URL')
  const watchMedias = watchPeer('medias-service', 'MEDIAS_SERVICE_URL')
  const maindb = openMaindb({
    url: environment.MAINDB_URL,
    applicationName: 'main-service',
    poolSize: environment.DATABASE_POOL_SIZE,
    role: 'main_service',
    watch: watchDependency({ name: 'maindb', variable: 'MAINDB_URL', logger }),
  })
  const metrics = createMetrics('main-service')
  const feed = openRevocationFeed({ maindb, url: environment.MAINDB_URL, logger })
  const revocations = overrides.revocations ?? followRevocations({ read: feed.read, logger, metrics })
  const keys = overrides.keys ?? createRemoteKeys({ url: jwksUrl(authServiceUrl), logger, watch: watchAuth })
  const mailer = createMailer({ environment, logger, metrics })
  const token = createServiceTokenSource({
    authServiceUrl,
    clientId: 'main-service',
    clientSecret: environment.MAIN_SERVICE_CLIENT_SECRET,
    watch: watchAuth,
  })
  const features = createFeatures({
    source: openFeatureSource(environment, logger),
    buckets: createStickyBuckets(maindb, logger),
    logger,
    metrics,
  })
  return {
    environment,
    logger,
    metrics,
    maindb,
    tokens: createTokenVerifier({
      keys,
      issuer: environment.TOKEN_ISSUER,
      revocations,
      exchangeKey: createKeyExchange(authServiceUrl, token),
    }),
    feed,
    revocations,
    idempotency: createIdempotencyStore(maindb, environment.MAIN_SERVICE_CLIENT_SECRET),
    features,
    mailer,
    exportLimiter: createExportLimiter(metrics),
    authService: createServiceClient({ name: 'auth-service', baseUrl: authServiceUrl, token, watch: watchAuth }),
    mediasService: createServiceClient({
      name: 'medias-service',
      baseUrl: mediasServiceUrl,
      token,
      watch: watchMedias,
    }),
    checks: [
      { name: 'maindb', required: true, check: async () => void (await maindb.rows('SELECT 1 AS here')) },
      { name: 'revocations', required: false, check: revocations.check },
      { name: 'mail', required: false, check: mailer.check },
      { name: 'auth-service', required: false, check: () => checkLiveness(authServiceUrl) },
      { name: 'medias-service', required: false, check: () => checkLiveness(mediasServiceUrl) },
      ...features.checks,
    ],
    async close() {
      await features.stop()
      await feed.stop()
      await revocations.stop()
      await mailer.close()
      await maindb.close()
    },
  }
}

const jwksUrl = (authServiceUrl: string) => new URL('/.well-known/jwks.json', authServiceUrl).href

async function checkLiveness(serviceUrl: string): Promise<void> {
  const { status, isOk } = await requestText(new URL('/healthz', serviceUrl), { signal: AbortSignal.timeout(1_500) })
  if (!isOk) throw new Error(`GET /healthz returned the status ${status}`)
}
