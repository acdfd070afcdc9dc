import { expect, it } from '@jest/globals'

import { noContent, routesWith } from '../src/http/route.ts'
import { problems } from '../src/process/problem.ts'
import { signer, startSmallService } from './small-service.ts'

const route = routesWith()

/** Starts a service that has not read the revocations yet. */
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

it('When a token arrives before the revocations were read, then it waits and is accepted; health is answered meanwhile', async () => {
  const service = await startService()
  let answered = false
  const me = service.me().finally(() => (answered = true))
  for (let look = 0; look < 10; look++) expect((await service.health()).status).toBe(200)
  expect(answered).toBe(false)

  service.learn('known')
  expect((await me).status).toBe(204)
  expect((await service.me()).status).toBe(204)
})

it('When the revocations cannot be read in time, then the waiting token is answered 503', async () => {
  const service = await startService()
  const me = service.me()
  service.learn('nothing')
  expect((await me).status).toBe(503)
})
