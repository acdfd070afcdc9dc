import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { send, type Answer } from '@likeness/test-kit'

import { startAuth, type AuthUnderTest, type Registered } from './auth-under-test.ts'

let auth: AuthUnderTest
let ada: Registered

beforeAll(async () => {
  auth = await startAuth()
  ada = await auth.register()
})
afterAll(() => auth?.stop())

const key = `key_${'A'.repeat(43)}`
const credentials = () => ({ email: ada.email, password: ada.password })

describe('When main-service is unavailable', () => {
  beforeAll(() => auth.stopMain())

  it.each<[string, () => Promise<Answer>]>([
    ['a login', () => auth.post('/auth/login', credentials())],
    ['a registration', () => auth.post('/auth/register', { ...credentials(), name: 'Ada' })],
    ['a refresh', () => auth.post('/auth/refresh', { refreshToken: ada.tokens.refreshToken })],
    ['a logout', () => auth.post('/auth/logout', undefined, { token: ada.tokens.accessToken })],
    ['an invitation', () => auth.post('/auth/invitations/accept', { token: 'A'.repeat(43), password: 'long enough' })],
    ['the list of sessions', () => auth.get('/auth/sessions', ada.tokens.accessToken)],
    ['an API key as the access token', () => auth.get('/auth/me', key)],
    [
      'an API key at /oauth/token',
      () => auth.requestToken({ grant_type: 'client_credentials', client_id: 'x', client_secret: key }),
    ],
  ])('then %s is answered with 503 and Retry-After within 5 s', async (_what, ask) => {
    const started = performance.now()
    const answer = await ask()

    expect(performance.now() - started).toBeLessThan(5_000)
    expect([answer.status, answer.body.code]).toEqual([503, 'main-service-unavailable'])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('then requests that do not need main-service work: service tokens, claims, keys and hashes', async () => {
    const service = await auth.requestToken({
      grant_type: 'client_credentials',
      client_id: 'medias-service',
      client_secret: 'medias-service-development-secret',
    })
    expect(service.status).toBe(200)
    expect((await auth.get('/auth/me', ada.tokens.accessToken)).status).toBe(200)
    expect((await send('GET', `${auth.url}/.well-known/jwks.json`)).status).toBe(200)
    const hashed = await send('POST', `${auth.url}/internal/password-hashes`, {
      token: service.body.access_token,
      body: { password: 'a long enough password' },
    })
    expect(hashed.status).toBe(201)
  })

  it('then /readyz is 200 and reports main-service as unavailable', async () => {
    const { status, body } = await send('GET', `${auth.url}/readyz`)
    expect(status).toBe(200)
    expect(body.checks['main-service'].status).not.toBe('ok')
  })
})

it('When main-service is available again, then logins work again', async () => {
  await auth.startMain()

  expect((await auth.post('/auth/login', credentials())).status).toBe(200)
})
