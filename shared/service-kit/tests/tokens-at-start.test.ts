import { expect, it } from '@jest/globals'

import { noContent, routesWith } from '../src/http/route.ts'
import { problems } from '../src/process/problem.ts'
import { signer, startSmallService } from './small-service.ts'

const route = routesWith()

/** A service that has started, and does not know yet which tokens are revoked. */
async function startService() {
  let isKnown = false
  let learn = () => {}
  let starting: Promise<void> | undefined = new Promise<void>((resolve) => (learn = resolve)).then(
    () => (starting = undefined),
  )
  const base = await startSmallService({
    revocations: {
      refusal: () => (isKnown ? undefined : problems.unavailable('revocations')),
      starting: () => starting,
    },
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
