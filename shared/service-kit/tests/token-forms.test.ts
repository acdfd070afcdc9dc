import { beforeEach, describe, expect, it } from '@jest/globals'

import { noContent, routesWith } from '../src/http/route.ts'
import { signer, startSmallService } from './small-service.ts'

const route = routesWith()

let url: string
beforeEach(async () => {
  const open = { method: 'get', summary: 'Open', answers: { 204: null } } as const
  url = await startSmallService({
    routes: [route({ ...open, path: '/me', access: 'signed-in', handle: async () => noContent() })],
    internalRoutes: [route({ ...open, path: '/peers', access: 'service', handle: async () => noContent() })],
  })
})

const kinds = [
  ['an access token', '/api/v1/me', () => signer.userToken(), 3_600],
  ['a service token', '/internal/peers', () => signer.serviceToken(), 300],
] as const

/** @returns the status and the code of the problem */
async function ask(path: string, token: string) {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  if (response.status === 204) return [204]
  return [response.status, ((await response.json()) as { code: string }).code]
}

describe.each(kinds)('When %s has another form than auth-service writes', (_kind, path, make, longest) => {
  const now = Math.floor(Date.now() / 1_000)

  it('then the form of auth-service is accepted, also the second time', async () => {
    const token = make()
    expect(await ask(path, token)).toEqual([204])
    expect(await ask(path, token)).toEqual([204])
  })

  it.each([
    ['another type', { header: { typ: 'JWT' } }],
    ['no type', { header: { typ: undefined } }],
    ['critical extensions', { header: { crit: [] } }],
    ['the URL of a key', { header: { jku: 'https://elsewhere.test' } }],
    ['no time of issue', { claims: { iat: undefined } }],
    ['a time of issue in an hour', { claims: { iat: now + 3_600, exp: now + 3_700 } }],
    ['an expiry in ten years', { claims: { exp: now + 315_360_000 } }],
    ['a lifetime one second too long', { claims: { iat: now, exp: now + longest + 1 } }],
    ['a start in an hour', { claims: { nbf: now + 3_600 } }],
  ])('then %s is rejected, although the signature is right', async (_what, changes) => {
    expect(await ask(path, signer.changed(make(), changes))).toEqual([401, 'token-invalid'])
  })

  it('then a signature with other unused bits is rejected, also after the token was accepted', async () => {
    const token = make()
    expect(await ask(path, token)).toEqual([204])
    expect(await ask(path, withOtherUnusedBits(token))).toEqual([401, 'token-invalid'])
  })

  it('then the longest lifetime, and a clock that differs by a few seconds, are accepted', async () => {
    expect(await ask(path, signer.changed(make(), { claims: { iat: now, exp: now + longest } }))).toEqual([204])
    expect(await ask(path, signer.changed(make(), { claims: { iat: now + 10, nbf: now + 10 } }))).toEqual([204])
  })

  it('then an expired token is rejected as expired', async () => {
    const claims = { iat: now - 100, exp: now }
    expect(await ask(path, signer.changed(make(), { claims }))).toEqual([401, 'token-expired'])
  })
})

it('When one kind of token is used in place of the other, then it is rejected', async () => {
  expect(await ask('/internal/peers', signer.userToken())).toEqual([401, 'token-invalid'])
  expect(await ask('/api/v1/me', signer.serviceToken())).toEqual([401, 'token-invalid'])
  const both = { claims: { aud: ['likeness-api', 'likeness-internal'] } }
  expect(await ask('/internal/peers', signer.changed(signer.userToken(), both))).toEqual([401, 'token-invalid'])
  expect(await ask('/api/v1/me', signer.changed(signer.userToken(), both))).toEqual([401, 'token-invalid'])
})

/** The last character of 64 bytes in base64url has four unused bits, which auth-service leaves at 0. */
const withOtherUnusedBits = (token: string) =>
  token.slice(0, -1) + String.fromCharCode(token.charCodeAt(token.length - 1) + 1)
