import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { patiently, send, type Answer } from '@likeness/test-kit'

import { startAuth, type AuthUnderTest, type Registered } from './auth-under-test.ts'

let auth: AuthUnderTest
let ada: Registered

beforeAll(async () => {
  auth = await startAuth({ HASHES_AT_ONCE: '1' })
  ada = await auth.register()
})
afterAll(() => auth?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]

/** Guesses at different accounts from different network addresses, so that no limit of attempts applies to them. */
function flood(guesses: number): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: guesses }, (_, index) =>
      auth.post(
        '/auth/login',
        { email: `nobody-${index}@example.com`, password: 'not the password' },
        { headers: { 'x-forwarded-for': `198.51.${index >> 8}.${index & 255}` } },
      ),
    ),
  )
}

it('When more passwords are sent than can be checked, then the rest is rejected with 503, and nothing else waits for them', async () => {
  const guessing = flood(400)
  const { deviceToken } = ada.tokens

  const known = await auth.post('/auth/login', { email: ada.email, password: ada.password, deviceToken })
  const changed = await auth.post(
    '/auth/password/change',
    { currentPassword: ada.password, newPassword: 'another long password' },
    { token: ada.tokens.accessToken },
  )
  const refreshed = await auth.post('/auth/refresh', { refreshToken: ada.tokens.refreshToken })
  const service = await auth.requestToken({
    grant_type: 'client_credentials',
    client_id: 'main-service',
    client_secret: 'main-service-development-secret',
  })
  const hashed = await send('POST', `${auth.url}/internal/password-hashes`, {
    token: service.body.access_token,
    body: { password: 'a long enough password' },
  })

  expect([known, changed, refreshed, service, hashed].map(({ status }) => status)).toEqual([200, 204, 200, 200, 201])
  const answers = await guessing
  const rejected = answers.filter(({ status }) => status === 503)
  expect(rejected.length).toBeGreaterThan(0)
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(400 - rejected.length)
  for (const answer of rejected) {
    expect(problem(answer)).toEqual([503, 'overloaded'])
    expect(answer.headers.get('retry-after')).toBe('2')
  }
  ada = { ...ada, password: 'another long password' }
})

it('When a login was rejected because of overload, then it did not count as an attempt', async () => {
  const guessing = flood(400)
  const logins = await Promise.all(
    Array.from({ length: 30 }, () => auth.post('/auth/login', { email: ada.email, password: ada.password })),
  )
  await guessing

  // On a slow machine, all of them are rejected.
  expect(logins.filter(({ status }) => status === 503).length).toBeGreaterThan(0)
  expect(logins.filter(({ status }) => status !== 200 && status !== 503)).toEqual([])
  expect((await patiently(() => auth.post('/auth/login', { email: ada.email, password: ada.password }))).status).toBe(
    200,
  )
})
