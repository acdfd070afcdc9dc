import { afterEach, expect, it } from '@jest/globals'
import { createTokens } from '@likeness/test-kit'

import { noContent, routesWith } from '../src/http/route.ts'
import { createServiceApp } from '../src/http/service-app.ts'
import { createTokenVerifier } from '../src/identity/access-token.ts'
import { listen, type Listening } from '../src/process/lifecycle.ts'
import { createLogger } from '../src/process/logger.ts'
import { createMetrics } from '../src/process/metrics.ts'
import { problems } from '../src/process/problem.ts'

const route = routesWith()
let listening: Listening | undefined
afterEach(async () => {
  listening?.cut()
  await listening?.close()
})

/** A service that has started, and does not know yet which tokens are revoked. */
async function startService() {
  const signer = createTokens()
  let isKnown = false
  let learn = () => {}
  let starting: Promise<void> | undefined = new Promise<void>((resolve) => (learn = resolve)).then(
    () => (starting = undefined),
  )
  const app = createServiceApp({
    name: 'test',
    version: '1',
    description: 'A test.',
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
    checks: [],
    tokens: createTokenVerifier({
      keys: signer.keys,
      issuer: 'http://localhost:3002',
      revocations: {
        refusal: () => (isKnown ? undefined : problems.unavailable('revocations')),
        starting: () => starting,
      },
      exchangeKey: async () => Promise.reject(problems.keyInvalid()),
    }),
    routes: [
      route({
        method: 'get',
        path: '/me',
        access: 'signed-in',
        summary: 'Me',
        answers: { 204: null },
        handle: async () => noContent(),
      }),
    ],
  })
  listening = await listen(app, { host: '127.0.0.1', port: 0 })
  const base = `http://127.0.0.1:${listening.port}`
  return {
    health: () => fetch(`${base}/healthz`),
    me: () => fetch(`${base}/api/v1/me`, { headers: { authorization: `Bearer ${signer.userToken()}` } }),
    learn: (what: 'known' | 'nothing') => {
      isKnown = what === 'known'
      learn()
    },
  }
}

it('When a token comes before the service knows what is revoked, then it waits and is taken, while health is answered', async () => {
  const service = await startService()
  let answered = false
  const me = service.me().finally(() => (answered = true))
  for (let look = 0; look < 10; look++) expect((await service.health()).status).toBe(200)
  expect(answered).toBe(false)

  service.learn('known')
  expect((await me).status).toBe(204)
  expect((await service.me()).status).toBe(204)
})

it('When nothing could be read for too long, then the token that waited is answered 503', async () => {
  const service = await startService()
  const me = service.me()
  service.learn('nothing')
  expect((await me).status).toBe(503)
})
