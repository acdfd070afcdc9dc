import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import { createLogger } from '@likeness/service-kit/process'
import jwt from 'jsonwebtoken'

import { loadSigningKey, type SigningKey } from '../keys/signing-key.ts'
import { createTokenSigner, type TokenSigner } from './token-signer.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const userId = '0197f4a0-0000-7000-8000-00000000000a'
const user = { id: userId, email: 'ada@example.com', name: 'Ada' }
const session = '0197f4a0-0000-7000-8000-000000000001'
const claims = { roles: ['user'], permissions: ['media:create'], email: 'ada@example.com', epoch: 3, roleEpochs: {} }

let key: SigningKey
let signer: TokenSigner
beforeEach(async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const SIGNING_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const logger = createLogger({ service: 'auth-service', level: 'silent' })
  key = await loadSigningKey({ SIGNING_KEY, KEYS_DIR: tmpdir() }, logger)
  signer = createTokenSigner(key, { issuer: 'https://auth.test', accessTokenSeconds: 900 })
  jest.useFakeTimers({ now })
})
afterEach(() => void jest.useRealTimers())

const read = async (token: string) =>
  jwt.verify(token, await key.verificationKeys.find(key.kid), { algorithms: ['ES256'], complete: true })

it('signs an access token of a session as RFC 9068 requires', async () => {
  const { accessToken, expiresIn } = signer.signAccessToken({
    sessionId: session,
    user,
    claims,
    secondsLeft: null,
  })

  const { header, payload } = await read(accessToken)
  expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
  expect(payload).toEqual({
    iss: 'https://auth.test',
    aud: 'likeness-api',
    sub: userId,
    sid: session,
    iat: now / 1_000,
    exp: now / 1_000 + 900,
    jti: expect.any(String),
    ...claims,
  })
  expect(expiresIn).toBe(900)
})

it.each([
  ['ends sooner', 60, 60],
  ['ends in this second', 0, 0],
  ['ends later', 5_000, 900],
])('signs a token that expires no later than a role that %s', async (_what, secondsLeft, expected) => {
  const { accessToken, expiresIn } = signer.signAccessToken({
    sessionId: session,
    user,
    claims,
    secondsLeft,
  })

  expect(expiresIn).toBe(expected)
  expect(jwt.decode(accessToken)).toMatchObject({ exp: now / 1_000 + expected })
})

it('signs a token of an API key without a session, with the permissions of the key', async () => {
  const keyId = '0197f4a0-0000-7000-8000-000000000002'
  const { accessToken, expiresIn } = signer.signKeyToken({ keyId, userId, scope: ['*'], claims, secondsLeft: 30 }, [
    'media:read:own',
  ])

  const { payload } = await read(accessToken)
  expect(payload).toMatchObject({ sub: userId, key: keyId, permissions: ['media:read:own'], exp: now / 1_000 + 30 })
  expect(payload).not.toHaveProperty('sid')
  expect(expiresIn).toBe(30)
})

it('signs a service token for /internal that lasts five minutes', async () => {
  const { payload } = await read(signer.signServiceToken('medias-service'))
  expect(payload).toMatchObject({ aud: 'likeness-internal', sub: 'medias-service', exp: now / 1_000 + 300 })
  expect(payload).not.toHaveProperty('permissions')
})

it('gives every token a different id', () => {
  const ids = [1, 2, 3].map(() => (jwt.decode(signer.signServiceToken('main-service')) as jwt.JwtPayload).jti)
  expect(new Set(ids).size).toBe(3)
})

it('reuses a service token until a minute before it expires', async () => {
  const token = signer.createServiceTokenSource('auth-service')
  const first = await token()
  jest.setSystemTime(now + 239_999)
  expect(await token()).toBe(first)
  jest.setSystemTime(now + 240_000)
  const second = await token()
  expect(second).not.toBe(first)
  expect(jwt.decode(second)).toMatchObject({ exp: now / 1_000 + 540 })
})
