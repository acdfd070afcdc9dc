import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runStatement, type Answer } from '@likeness/test-kit'

import { startAuth, type AuthUnderTest, type Registered } from './auth-under-test.ts'

let auth: AuthUnderTest

beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const logIn = ({ email, password }: Pick<Registered, 'email' | 'password'>, more: object = {}) =>
  auth.post('/auth/login', { email, password, ...more })
const refresh = (refreshToken: string) => auth.post('/auth/refresh', { refreshToken })

describe('When a user logs in', () => {
  it('then they get tokens, which must not be cached, and a session with their device', async () => {
    const ada = await auth.register()
    const answer = await auth.post(
      '/auth/login',
      { email: ada.email, password: ada.password },
      {
        headers: { 'user-agent': 'a phone' },
      },
    )

    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.body).toMatchObject({ tokenType: 'Bearer', expiresIn: 900, user: { id: ada.id, email: ada.email } })
    const { body: sessions } = await auth.get('/auth/sessions', answer.body.accessToken)
    expect(sessions.data).toHaveLength(2)
    const current = sessions.data.filter((session: { current: boolean }) => session.current)
    expect(current).toEqual([expect.objectContaining({ device: 'a phone', address: '127.0.0.1' })])
  })

  it('then an unknown address and a wrong password get the same answer', async () => {
    const ada = await auth.register()
    const wrong = await logIn({ ...ada, password: 'not the password' })
    const unknown = await logIn({ email: 'nobody@example.com', password: 'not the password' })

    expect(problem(wrong)).toEqual([401, 'invalid-credentials'])
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' })
  })

  it('then an account without a password accepts no password', async () => {
    const ada = await auth.register()
    await runStatement(auth.databaseUrl, 'UPDATE users SET password_hash = NULL WHERE id = $1', [ada.id])

    expect(problem(await logIn(ada))).toEqual([401, 'invalid-credentials'])
  })

  it('then after ten wrong guesses even the right password is rejected, with Retry-After', async () => {
    const ada = await auth.register()
    for (let guess = 0; guess < 10; guess++) {
      expect(problem(await logIn({ ...ada, password: `guess number ${guess}` }))).toEqual([401, 'invalid-credentials'])
    }

    const locked = await logIn(ada)

    expect(problem(locked)).toEqual([429, 'too-many-attempts'])
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(800)
    expect(Number(locked.headers.get('retry-after'))).toBeLessThanOrEqual(900)
  })

  it('then guesses from other devices do not lock out a device that logged in before, but its own guesses do', async () => {
    const ada = await auth.register()
    const { deviceToken } = ada.tokens
    for (let guess = 0; guess < 11; guess++) await logIn({ ...ada, password: 'a wrong guess' })
    expect((await logIn(ada)).status).toBe(429)

    expect((await logIn(ada, { deviceToken })).status).toBe(200)
    for (let guess = 0; guess < 10; guess++) await logIn({ ...ada, password: 'a wrong guess' }, { deviceToken })
    expect((await logIn(ada, { deviceToken })).status).toBe(429)
  })

  it('then the right password resets the count of wrong guesses', async () => {
    const ada = await auth.register()
    for (let round = 0; round < 2; round++) {
      for (let guess = 0; guess < 9; guess++) await logIn({ ...ada, password: 'a wrong guess' })
      expect((await logIn(ada)).status).toBe(200)
    }
  })

  it('then the count of wrong guesses restarts after 15 minutes', async () => {
    const ada = await auth.register()
    for (let guess = 0; guess < 11; guess++) await logIn({ ...ada, password: 'a wrong guess' })
    await runStatement(auth.databaseUrl, `UPDATE guess SET window_started_at = now() - interval '15 minutes'`)

    expect((await logIn(ada)).status).toBe(200)
  })
})

describe('When a refresh token is exchanged', () => {
  it('then the new pair of tokens belongs to the same session', async () => {
    const ada = await auth.register()
    const answer = await refresh(ada.tokens.refreshToken)

    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.body.refreshToken).not.toBe(ada.tokens.refreshToken)
    expect(answer.body).not.toHaveProperty('deviceToken')
    const sids = [ada.tokens.accessToken, answer.body.accessToken].map(sidOf)
    expect(sids[0]).toBe(sids[1])
  })

  it('then a request that is repeated at once gets the same successor', async () => {
    const ada = await auth.register()
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(ada.tokens.refreshToken)))

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1)
  })

  it('then a token used again after 10 s ends the session', async () => {
    const ada = await auth.register()
    const { body } = await refresh(ada.tokens.refreshToken)
    await runStatement(
      auth.databaseUrl,
      `UPDATE refresh_token SET spent_at = spent_at - interval '11 seconds'
       WHERE session_id = $1 AND spent_at IS NOT NULL`,
      [sidOf(body.accessToken)],
    )

    expect(problem(await refresh(ada.tokens.refreshToken))).toEqual([401, 'refresh-token-reused'])
    expect(problem(await refresh(body.refreshToken))).toEqual([401, 'session-ended'])
  })

  it('then a token used two exchanges before ends the session at once', async () => {
    const ada = await auth.register()
    const second = (await refresh(ada.tokens.refreshToken)).body.refreshToken
    await refresh(second)

    expect(problem(await refresh(ada.tokens.refreshToken))).toEqual([401, 'refresh-token-reused'])
  })

  it('then the reuse of a token ends only its own session', async () => {
    const ada = await auth.register()
    const other = (await logIn(ada)).body
    const second = (await refresh(ada.tokens.refreshToken)).body.refreshToken
    await refresh(second)
    await refresh(ada.tokens.refreshToken)

    expect((await refresh(other.refreshToken)).status).toBe(200)
  })

  it.each(['A'.repeat(43), 'A'.repeat(42), 'nonsense'])('then %s is invalid', async (token) => {
    expect(problem(await refresh(token))).toEqual([401, 'refresh-token-invalid'])
  })
})

describe('When a user logs out', () => {
  it('then their session ends and their other sessions continue', async () => {
    const ada = await auth.register()
    const other = (await logIn(ada)).body
    expect((await auth.post('/auth/logout', undefined, { token: ada.tokens.accessToken })).status).toBe(204)

    expect(problem(await refresh(ada.tokens.refreshToken))).toEqual([401, 'session-ended'])
    expect((await refresh(other.refreshToken)).status).toBe(200)
  })

  it('then logout-all ends every session', async () => {
    const ada = await auth.register()
    const other = (await logIn(ada)).body
    expect((await auth.post('/auth/logout-all', undefined, { token: ada.tokens.accessToken })).status).toBe(204)

    expect((await refresh(ada.tokens.refreshToken)).status).toBe(401)
    expect((await refresh(other.refreshToken)).status).toBe(401)
  })
})

function sidOf(accessToken: string): string {
  const [, payload = ''] = accessToken.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).sid
}
