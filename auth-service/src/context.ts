import { availableParallelism } from 'node:os'

import { createServiceClient, type ServiceClient } from '@likeness/service-kit/client'
import type { HealthCheck } from '@likeness/service-kit/health'
import {
  createTokenVerifier,
  followRevocations,
  revocationsFrom,
  type RevocationFollower,
  type TokenVerifier,
} from '@likeness/service-kit/identity'
import { createMetrics, watchDependency, type Logger, type Metrics } from '@likeness/service-kit/process'

import { exchangeKey } from './api-keys/exchange-key.ts'
import type { Environment } from './env.ts'
import { loadSigningKey, type SigningKey } from './keys/signing-key.ts'
import { createDeviceTokens, type DeviceTokens } from './login/device-token.ts'
import { createLimitedRequests, type LimitedRequests } from './login/limited-requests.ts'
import { createLoginCounter, type CountLogin } from './login/login-metrics.ts'
import { createDirectory, type Directory } from './main-service/directory.ts'
import { createPasswordQueue, limitsFor, type PasswordQueue } from './passwords/password-queue.ts'
import { createPasswords, type Passwords } from './passwords/passwords.ts'
import { createRefreshTokens, type RefreshTokens } from './sessions/refresh-token.ts'
import { createTokenSigner, type TokenSigner } from './tokens/token-signer.ts'

/** The parts that are created once per process. */
export interface Context {
  environment: Environment
  logger: Logger
  metrics: Metrics
  revocations: RevocationFollower
  /** Aborted when the service stops, so that requests that wait for a revocation get a response. */
  stopping: AbortController
  signingKey: SigningKey
  signer: TokenSigner
  mainService: ServiceClient
  directory: Directory
  passwords: Passwords
  passwordQueue: PasswordQueue
  refreshTokens: RefreshTokens
  deviceTokens: DeviceTokens
  limitedRequests: LimitedRequests
  countLogin: CountLogin
  tokens: TokenVerifier
  /** The secrets with which services get tokens for `/internal`, by client id. */
  serviceClients: Map<string, string>
  checks: HealthCheck[]
  /** Stops the background tasks. */
  close(): Promise<void>
}

/** Parts that tests replace. */
export interface Overrides {
  revocations?: RevocationFollower
}

/**
 * Creates the context. It does not wait for another service.
 *
 * @throws {Error} if the signing key is not a P-256 private key.
 */
export async function createContext(
  environment: Environment,
  logger: Logger,
  overrides: Overrides = {},
): Promise<Context> {
  const signingKey = await loadSigningKey(environment, logger)
  const signer = createTokenSigner(signingKey, {
    issuer: environment.TOKEN_ISSUER,
    accessTokenSeconds: environment.ACCESS_TOKEN_SECONDS,
  })
  const mainService = createServiceClient({
    name: 'main-service',
    baseUrl: environment.MAIN_SERVICE_URL,
    token: signer.createServiceTokenSource('auth-service'),
    watch: watchDependency({ name: 'main-service', variable: 'MAIN_SERVICE_URL', isPeer: true, logger }),
  })
  const directory = createDirectory(mainService)
  const metrics = createMetrics('auth-service')
  const revocations =
    overrides.revocations ?? followRevocations({ read: revocationsFrom(mainService), logger, metrics })
  const hashesAtOnce = environment.HASHES_AT_ONCE ?? defaultHashesAtOnce()
  return {
    environment,
    logger,
    metrics,
    revocations,
    stopping: new AbortController(),
    signingKey,
    signer,
    mainService,
    directory,
    passwords: await createPasswords(hashesAtOnce),
    passwordQueue: createPasswordQueue(limitsFor(hashesAtOnce)),
    refreshTokens: createRefreshTokens(environment.REFRESH_KEY),
    deviceTokens: createDeviceTokens(environment.REFRESH_KEY),
    limitedRequests: createLimitedRequests(logger),
    countLogin: createLoginCounter(metrics),
    tokens: createTokenVerifier({
      keys: signingKey.verificationKeys,
      issuer: environment.TOKEN_ISSUER,
      revocations,
      exchangeKey: (key) => exchangeKey({ directory, signer }, key),
    }),
    serviceClients: new Map([
      ['main-service', environment.MAIN_SERVICE_CLIENT_SECRET],
      ['medias-service', environment.MEDIAS_SERVICE_CLIENT_SECRET],
    ]),
    checks: [
      { name: 'revocations', required: false, check: revocations.check },
      { name: 'main-service', required: false, check: async () => void (await mainService.send('GET', '/healthz')) },
    ],
    close: () => revocations.stop(),
  }
}

/** One core stays free for the other requests, and one of Node's four threads for DNS look-ups. */
const defaultHashesAtOnce = () => Math.max(1, Math.min(availableParallelism() - 1, 3))
