import { createServiceClient } from '@likeness/service-kit/client'
import { createTokenVerifier, followRevocations, revocationsFrom } from '@likeness/service-kit/identity'
import { createMetrics, type Logger } from '@likeness/service-kit/process'

import { exchangeKey } from './api-keys/exchange-key.ts'
import type { Environment } from './env.ts'
import { loadSigningKey } from './keys/signing-key.ts'
import { createDeviceTokens } from './login/device-token.ts'
import { createTurns } from './login/turns.ts'
import { createDirectory } from './main-service/directory.ts'
import { createPasswords } from './passwords/passwords.ts'
import { createRefreshTokens } from './sessions/refresh-token.ts'
import { createTokenSigner } from './tokens/token-signer.ts'

export type Context = Awaited<ReturnType<typeof createContext>>

/** Everything that is made once and handed down. */
export async function createContext(environment: Environment, logger: Logger) {
  const signingKey = await loadSigningKey(environment, logger)
  const signer = createTokenSigner(signingKey, {
    issuer: environment.TOKEN_ISSUER,
    accessTokenSeconds: environment.ACCESS_TOKEN_SECONDS,
  })
  const mainService = createServiceClient({
    name: 'main-service',
    baseUrl: environment.MAIN_SERVICE_URL,
    token: signer.createServiceTokenSource('auth-service'),
  })
  const directory = createDirectory(mainService)
  const metrics = createMetrics('auth-service')
  const revocations = followRevocations({ read: revocationsFrom(mainService), logger, metrics })
  return {
    environment,
    logger,
    metrics,
    revocations,
    /** Aborted when the service stops: whoever waits here for somebody else need not be waited for. */
    stopping: new AbortController(),
    signingKey,
    signer,
    mainService,
    directory,
    passwords: await createPasswords(),
    turns: createTurns(),
    refreshTokens: createRefreshTokens(environment.REFRESH_KEY),
    deviceTokens: createDeviceTokens(environment.REFRESH_KEY),
    tokens: createTokenVerifier({
      keys: signingKey.verificationKeys,
      issuer: environment.TOKEN_ISSUER,
      revocations,
      exchangeKey: (key) => exchangeKey({ directory, signer }, key),
    }),
    /** The services that may have tokens for `/internal`, and the secret each shows for it. */
    serviceClients: new Map([
      ['main-service', environment.MAIN_SERVICE_CLIENT_SECRET],
      ['medias-service', environment.MEDIAS_SERVICE_CLIENT_SECRET],
    ]),
  }
}
