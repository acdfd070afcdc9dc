import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'

import { beforeEach, describe, expect, it } from '@jest/globals'
import { hashApiKey, tokenExchange } from '@likeness/service-kit/identity'
import { createLogger, problems } from '@likeness/service-kit/process'
import jwt from 'jsonwebtoken'

import { loadSigningKey } from '../keys/signing-key.ts'
import { createTokenSigner } from '../tokens/token-signer.ts'
import { grantToken } from './grant-token.ts'

const key = `key_${'A'.repeat(43)}`
const keyId = '0197f4a0-0000-7000-8000-00000000000b'
const userId = '0197f4a0-0000-7000-8000-00000000000a'
const claims = {
  roles: ['user'],
  permissions: ['media:*', 'tags:read'],
  email: 'ada@example.com',
  epoch: 0,
  roleEpochs: {},
}

let context: Parameters<typeof grantToken>[0]
let wrongTokens: number
/** The error of main-service for the key. */
let refusal: Error | undefined

beforeEach(async () => {
  refusal = undefined
  wrongTokens = 0
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const SIGNING_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const logger = createLogger({ service: 'auth-service', level: 'silent' })
  const signingKey = await loadSigningKey({ SIGNING_KEY, KEYS_DIR: tmpdir() }, logger)
  context = {
    signer: createTokenSigner(signingKey, { issuer: 'https://auth.test', accessTokenSeconds: 900 }),
    serviceClients: new Map([['main-service', 'a secret']]),
    directory: {
      countWrongToken: async () => void wrongTokens++,
      findKeyIdentity: async (hash: string) => {
        if (refusal) throw refusal
        if (hash !== hashApiKey(key)) throw problems.keyInvalid()
        return { keyId, userId, scope: ['media:read', 'media:create', 'users:read'], claims, secondsLeft: null }
      },
    },
  }
})

const grant = (form: Record<string, string | undefined>) => grantToken(context, undefined, form)
const asClient = (id: string, secret: string, more = {}) =>
  grant({ grant_type: 'client_credentials', client_id: id, client_secret: secret, ...more })
const forKey = (more = {}) =>
  grant({
    grant_type: tokenExchange.grantType,
    subject_token: key,
    subject_token_type: tokenExchange.apiKeyType,
    ...more,
  })

/** The fields of an error that the client receives. */
const refused = (error: string, code?: string) => ({ error, code })

describe('client_credentials', () => {
  it('issues a service a token for /internal, not for the API, which lasts five minutes', async () => {
    const answer = await asClient('main-service', 'a secret')

    expect(answer).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 300 })
    expect(jwt.decode(answer.access_token)).toMatchObject({ aud: 'likeness-internal', sub: 'main-service' })
  })

  it('issues a machine client a token with the permissions that both its key and the creator of the key have', async () => {
    const answer = await asClient(keyId, key)

    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope: 'media:create media:read' })
    expect(jwt.decode(answer.access_token)).toMatchObject({ aud: 'likeness-api', sub: userId, key: keyId })
  })

  it("accepts the key's id in capital letters", async () => {
    expect((await asClient(keyId.toUpperCase(), key)).scope).toBe('media:create media:read')
  })

  it.each([
    ['an unknown client', () => asClient('nobody', 'a secret'), undefined, 1],
    ['a wrong secret', () => asClient('main-service', 'another secret'), undefined, 1],
    ['no client', () => grant({ grant_type: 'client_credentials' }), undefined, 0],
    ['a service that sends a key as its secret', () => asClient('main-service', key), 'key-invalid', 1],
    ["another key's id", () => asClient(keyId.replace(/b$/, 'c'), key), 'key-invalid', 1],
    ['an unknown key', () => asClient(keyId, `key_${'B'.repeat(43)}`), 'key-invalid', 1],
    ['half a key', () => asClient(keyId, 'key_AAA'), 'key-invalid', 1],
  ])('rejects %s, and counts a wrong secret', async (_what, ask, code, counted) => {
    await expect(ask()).rejects.toMatchObject(refused('invalid_client', code))
    expect(wrongTokens).toBe(counted)
  })
})

describe('The exchange of an API key', () => {
  it('returns the permissions of the key and the type of the token (RFC 8693)', async () => {
    expect(await forKey()).toMatchObject({
      issued_token_type: tokenExchange.accessTokenType,
      scope: 'media:create media:read',
      expires_in: 900,
    })
  })

  it('limits the permissions to the requested scope, and never exceeds the permissions of the key', async () => {
    expect((await forKey({ scope: 'media:read:own users:*' })).scope).toBe('media:read:own')
    expect((await forKey({ scope: '' })).scope).toBe('media:create media:read')
  })

  it.each([
    ['without a key', { subject_token: undefined }, 'invalid_request'],
    ['without the type of the key', { subject_token_type: undefined }, 'invalid_request'],
    [
      'for another type of token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      'invalid_request',
    ],
    ['on behalf of another user', { actor_token: key }, 'invalid_request'],
    ['for a scope that is not a permission', { scope: 'openid' }, 'invalid_scope'],
    ['for a scope of too many permissions', { scope: Array(101).fill('media:read').join(' ') }, 'invalid_scope'],
    ['for a scope that the key does not have', { scope: 'tags:read' }, 'invalid_scope'],
  ])('is rejected %s', async (_what, change, error) => {
    await expect(forKey(change)).rejects.toMatchObject(refused(error))
  })

  it('returns the problem code of a rejected key', async () => {
    refusal = problems.keyRevoked()
    await expect(forKey()).rejects.toMatchObject(refused('invalid_request', 'key-revoked'))
    await expect(asClient(keyId, key)).rejects.toMatchObject(refused('invalid_client', 'key-revoked'))
  })

  it('returns 503, not an invalid key, while main-service is unavailable', async () => {
    refusal = problems.unavailable('main-service')
    await expect(forKey()).rejects.toMatchObject({ status: 503, code: 'main-service-unavailable' })
    await expect(asClient(keyId, key)).rejects.toMatchObject({ status: 503, code: 'main-service-unavailable' })
  })
})

it.each([
  ['is missing', undefined, 'invalid_request'],
  ['is not supported', 'password', 'unsupported_grant_type'],
])('A grant type that %s is rejected', async (_what, type, error) => {
  await expect(async () => grant({ grant_type: type })).rejects.toMatchObject(refused(error))
})
