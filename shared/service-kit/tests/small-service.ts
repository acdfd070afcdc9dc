import type { RequestListener } from 'node:http'

import { afterEach } from '@jest/globals'
import { createTokens } from '@likeness/test-kit'

import type { RequestLimits } from '../src/http/request-limits.ts'
import type { Route } from '../src/http/route.ts'
import { createServiceApp } from '../src/http/service-app.ts'
import { createTokenVerifier } from '../src/identity/access-token.ts'
import type { FeatureGates } from '../src/identity/features.ts'
import type { KeyExchange } from '../src/identity/key-tokens.ts'
import { listen, type Listening, type ListenOptions } from '../src/process/http-server.ts'
import { createLogger } from '../src/process/logger.ts'
import { createMetrics } from '../src/process/metrics.ts'
import { problems } from '../src/process/problem.ts'

interface SmallService {
  routes: Route[]
  internalRoutes?: Route[]
  metricsToken?: string
  limits?: RequestLimits
  trustedProxies?: string
  corsOrigins?: string[]
  allowLocalOrigins?: boolean
  exchangeKey?: KeyExchange
  features?: FeatureGates
  revocations?: Parameters<typeof createTokenVerifier>[0]['revocations']
}

/** Signs the tokens that a small service accepts. */
export const signer = createTokens()

/** The application of a service with these routes and without a database. */
export function createSmallApp({
  routes,
  internalRoutes = [],
  revocations = signer.revocations,
  exchangeKey = async () => Promise.reject(problems.keyInvalid()),
  ...options
}: SmallService) {
  return createServiceApp({
    name: 'test',
    version: '1',
    description: 'A test.',
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
    checks: [],
    tokens: createTokenVerifier({
      keys: signer.keys,
      issuer: 'http://localhost:3002',
      revocations,
      exchangeKey,
    }),
    routes,
    internalRoutes,
    ...options,
  })
}

const started: Listening[] = []
afterEach(async () => {
  for (const listening of started.splice(0)) {
    listening.closeConnections()
    await listening.close()
  }
})

/** Starts this service until the end of the test. @returns its URL */
export const startSmallService = (service: SmallService): Promise<string> => startServer(createSmallApp(service))

/** Starts a server with this application until the end of the test. @returns its URL */
export async function startServer(app: RequestListener, options: Partial<ListenOptions> = {}): Promise<string> {
  const listening = await listen(app, { host: '127.0.0.1', port: 0, ...options })
  started.push(listening)
  return `http://127.0.0.1:${listening.port}`
}
