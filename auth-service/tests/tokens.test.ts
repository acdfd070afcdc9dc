import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { send, type Answer } from '@likeness/test-kit'

import { createTokenSigner } from '../src/tokens/token-signer.ts'
import { makeSigningKey, startAuth, type AuthUnderTest, type Registered } from './auth-under-test.ts'

let auth: AuthUnderTest
let ada: Registered

beforeAll(async () => {
  auth = await startAuth({ ACCESS_TOKEN_SECONDS: '60' })
  ada = await auth.register()
})
afterAll(() => auth?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
const me = (token: string) => auth.get('/auth/me', token)

/** An access token of Ada with this lifetime, signed with the key of auth-service. */
const tokenThatLasts = (accessTokenSeconds: number, issuer = auth.url) =>
  createTokenSigner(auth.context.signingKey, { issuer, accessTokenSeconds }).signAccessToken({
    sessionId: '0197f4a0-0000-7000-8000-000000000001',
    user: ada.tokens.user,
    claims: { roles: [], permissions: [], email: ada.email, epoch: 0, roleEpochs: {} },
    secondsLeft: null,
  }).accessToken

describe('When a token expires', () => {
  it('then its lifetime is that of the response', async () => {
    expect(ada.tokens.expiresIn).toBe(60)
    const { body } = await me(ada.tokens.accessToken)
    expect(body.exp - body.iat).toBe(60)
  })

  it.each([
    ['this second', 0],
    ['a second ago', -1],
    ['an hour ago', -3_600],
  ])('then a token with the expiry time %s is rejected as expired', async (_when, seconds) => {
    expect(problem(await me(tokenThatLasts(seconds)))).toEqual([401, 'token-expired'])
  })

  it('then a token with some seconds left is accepted', async () => {
    expect((await me(tokenThatLasts(20))).status).toBe(200)
  })
})

describe('When a token is forged', () => {
  it.each([
    ['of another issuer', () => tokenThatLasts(60, 'https://elsewhere.test')],
    ['for /internal', () => auth.context.signer.signServiceToken('main-service')],
    ['with another signature', () => ada.tokens.accessToken.replace(/\.[^.]+$/, `.${'A'.repeat(86)}`)],
    ['without a signature', () => ada.tokens.accessToken.replace(/\.[^.]+$/, '.')],
  ])('then a token %s is rejected', async (_what, make) => {
    const answer = await me(make())
    expect(problem(answer)).toEqual([401, 'token-invalid'])
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
  })
})

describe('When a service requests a service token', () => {
  it.each(['main-service', 'medias-service'])('then %s gets a token for /internal with its secret', async (client) => {
    const secret = `${client}-development-secret`
    const byHeader = await auth.requestToken(
      { grant_type: 'client_credentials' },
      { authorization: basic(client, secret) },
    )
    const byForm = await auth.requestToken({
      grant_type: 'client_credentials',
      client_id: client,
      client_secret: secret,
    })

    for (const { status, headers, body } of [byHeader, byForm]) {
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
      expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 300 })
      const hash = await send('POST', `${auth.url}/internal/password-checks`, {
        token: body.access_token,
        body: { password: 'any', passwordHash: null },
      })
      expect([hash.status, hash.body]).toEqual([200, { matches: false }])
      expect(problem(await me(body.access_token))).toEqual([401, 'token-invalid'])
    }
  })

  it('then a wrong secret, or the secret of another service, is rejected as RFC 6749 requires', async () => {
    for (const secret of ['', 'wrong', 'medias-service-development-secret']) {
      const answer = await auth.requestToken(
        { grant_type: 'client_credentials' },
        { authorization: basic('main-service', secret) },
      )
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="likeness"')
    }
  })

  it("then a user's access token is rejected at /internal", async () => {
    const answer = await send('POST', `${auth.url}/internal/password-hashes`, {
      token: ada.tokens.accessToken,
      body: { password: 'a long enough password' },
    })
    expect(problem(answer)).toEqual([401, 'token-invalid'])
  })
})

describe('When the signing key is replaced', () => {
  it('then the key set contains the key of the current tokens', async () => {
    const answer = await send('GET', `${auth.url}/.well-known/jwks.json`)

    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
    expect(answer.body.keys).toEqual([
      {
        kty: 'EC',
        crv: 'P-256',
        alg: 'ES256',
        use: 'sig',
        x: expect.any(String),
        y: expect.any(String),
        kid: kidOf(ada.tokens.accessToken),
      },
    ])
  })

  it('then an old token is rejected, and the session continues with tokens of the new key', async () => {
    const { accessToken, refreshToken } = ada.tokens
    await auth.stopMain()
    await auth.restart({ SIGNING_KEY: makeSigningKey() })
    await auth.startMain()

    expect(problem(await me(accessToken))).toEqual([401, 'token-invalid'])
    const { status, body } = await auth.post('/auth/refresh', { refreshToken })
    expect(status).toBe(200)
    expect(kidOf(body.accessToken)).not.toBe(kidOf(accessToken))
    expect((await me(body.accessToken)).status).toBe(200)
    expect((await auth.main('GET', '/users/me', { token: body.accessToken })).status).toBe(200)
    expect(problem(await auth.main('GET', '/users/me', { token: accessToken }))).toEqual([401, 'token-invalid'])
  })
})

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
}
