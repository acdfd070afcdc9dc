import { randomBytes } from 'node:crypto'

import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  logInAdministrator,
  patiently,
  type Person,
  registerSomebody,
  runStatement,
  send,
  sharedSystem,
  type System,
} from '@likeness/test-kit'

describe('Signing in', () => {
  let system: System
  // The system is shared, so other tests register users too.
  const suffix = randomBytes(4).toString('hex')
  const auth = (method: string, path: string, sent: Parameters<typeof send>[2] = {}) =>
    send(method, `${system.authUrl}/api/v1${path}`, sent)
  const logIn = (person: Pick<Person, 'email' | 'password'>, more: object = {}) =>
    auth('POST', '/auth/login', { body: { email: person.email, password: person.password, ...more } })
  const refresh = (refreshToken: string) => auth('POST', '/auth/refresh', { body: { refreshToken } })
  const problem = (answer: { status: number; body: { code?: string } }) => [answer.status, answer.body.code]

  beforeAll(async () => {
    system = await sharedSystem()
  })

  describe('When a user registers', () => {
    it('then they are logged in, with the permissions of the role user', async () => {
      const answer = await auth('POST', '/auth/register', {
        body: { email: `Grace-${suffix}@Example.com`, password: 'a long enough password', name: 'Grace' },
      })
      expect(answer.status).toBe(201)
      expect(answer.body).toMatchObject({
        tokenType: 'Bearer',
        expiresIn: 900,
        deviceToken: expect.any(String),
        refreshToken: expect.stringMatching(/^[\w-]{43}$/),
        user: { email: `Grace-${suffix}@Example.com`, name: 'Grace', status: 'active', roles: ['user'] },
      })
      expect(answer.headers.get('cache-control')).toBe('no-store')
      const me = await auth('GET', '/auth/me', { token: answer.body.accessToken })
      expect(me.body).toMatchObject({ sub: answer.body.user.id, email: `Grace-${suffix}@Example.com`, roles: ['user'] })
      expect(me.body.permissions).toEqual(expect.arrayContaining(['media:create', 'media:read:own', 'users:read:own']))
    })

    it('then the same address in another spelling is taken', async () => {
      const answer = await auth('POST', '/auth/register', {
        body: {
          email: ` GRACE-${suffix.toUpperCase()}@example.COM `,
          password: 'a long enough password',
          name: 'Other',
        },
      })
      expect(problem(answer)).toEqual([409, 'email-taken'])
    })

    it.each([
      ['a short password', { password: 'short' }, 'body.password'],
      ['a password of more than 128 characters', { password: 'x'.repeat(129) }, 'body.password'],
      ['an invalid address', { email: 'nobody' }, 'body.email'],
      ['a blank name', { name: '   ' }, 'body.name'],
      ['a name with NUL', { name: 'a\0b' }, 'body.name'],
      ['an unknown field', { role: 'admin' }, 'body.role'],
    ])('then %s is rejected and named', async (_what, change, path) => {
      const answer = await auth('POST', '/auth/register', {
        body: { email: 'new@example.com', password: 'a long enough password', name: 'New', ...change },
      })
      expect(problem(answer)).toEqual([422, 'invalid-request'])
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(answer.body.errors).toEqual([{ path, message: expect.any(String) }])
    })
  })

  describe('When a user logs in', () => {
    it('then an unknown address and a wrong password get the same response', async () => {
      const ada = await registerSomebody(system)
      const wrong = await logIn({ ...ada, password: 'not the password' })
      const unknown = await logIn({ email: 'nobody@example.com', password: 'not the password' })
      expect(problem(wrong)).toEqual([401, 'invalid-credentials'])
      expect(wrong.headers.get('www-authenticate')).toMatch(/^Bearer error=/)
      const withoutId = (body: object) => ({ ...body, requestId: undefined })
      expect(withoutId(unknown.body)).toEqual(withoutId(wrong.body))
    })

    it.each([
      ['suspended', 'account-suspended'],
      ['unverified', 'account-unverified'],
    ])('then a user who is %s gets that error only after the right password', async (status, code) => {
      const ada = await registerSomebody(system)
      await runStatement(system.mainDbUrl, 'UPDATE users SET status = $2 WHERE id = $1', [ada.id, status])
      expect(problem(await logIn(ada))).toEqual([403, code])
      expect(problem(await logIn({ ...ada, password: 'not the password' }))).toEqual([401, 'invalid-credentials'])
      expect((await refresh(ada.refreshToken)).status).toBe(401)
    })

    it('then an address with an internationalised domain is the same in both spellings', async () => {
      const email = `Jürg-${suffix}@MÜNCHEN.example`
      const password = 'a long enough password'
      const { status } = await auth('POST', '/auth/register', { body: { email, password, name: 'Jürg' } })
      expect(status).toBe(201)
      const answer = await logIn({ email: `ju\u0308rg-${suffix}@xn--mnchen-3ya.example`, password })
      expect([answer.status, answer.body.user.email]).toEqual([200, email])
    })

    it('then too many guesses lock the account, but not the device of its owner', async () => {
      const ada = await registerSomebody(system)
      const { body } = await logIn(ada)
      for (let guess = 0; guess < 10; guess++) await logIn({ ...ada, password: `guess number ${guess}` })
      const locked = await logIn(ada)
      expect(problem(locked)).toEqual([429, 'too-many-attempts'])
      expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await logIn(ada, { deviceToken: body.deviceToken })).status).toBe(200)
      expect((await logIn(ada, { deviceToken: `${body.deviceToken}x` })).status).toBe(429)
    })

    it('then concurrent guesses are limited like consecutive guesses', async () => {
      const ada = await registerSomebody(system)
      const guesses = Array.from({ length: 30 }, (_, index) =>
        patiently(() => logIn({ ...ada, password: `guess number ${index}` })),
      )
      const statuses = (await Promise.all(guesses)).map(({ status }) => status)
      expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(10)
      expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(20)
    })

    it('then many concurrent logins with the right password succeed', async () => {
      const ada = await registerSomebody(system)
      const { body } = await logIn(ada)
      const logins = Array.from({ length: 30 }, (_, index) =>
        patiently(() => logIn(ada, index % 2 ? { deviceToken: body.deviceToken } : {})),
      )
      const statuses = (await Promise.all(logins)).map(({ status }) => status)
      expect(new Set(statuses)).toEqual(new Set([200]))
    })

    it('then the seeded administrator has all permissions', async () => {
      const admin = await logInAdministrator(system)
      const me = await auth('GET', '/auth/me', { token: admin.accessToken })
      expect(me.body).toMatchObject({ roles: ['admin'], permissions: ['*'] })
    })
  })

  describe('When a refresh token is exchanged', () => {
    it('then the response is a new pair of tokens, with the same refresh token for a repeated request', async () => {
      const ada = await registerSomebody(system)
      const [first, again] = await Promise.all([refresh(ada.refreshToken), refresh(ada.refreshToken)])
      expect(first.status).toBe(200)
      expect(again.status).toBe(200)
      expect(again.body.refreshToken).toBe(first.body.refreshToken)
      expect(first.body.refreshToken).not.toBe(ada.refreshToken)
      expect((await auth('GET', '/auth/me', { token: first.body.accessToken })).status).toBe(200)
    })

    it('then an older refresh token ends the session, because it was copied', async () => {
      const ada = await registerSomebody(system)
      const second = (await refresh(ada.refreshToken)).body.refreshToken
      const third = (await refresh(second)).body.refreshToken
      expect(problem(await refresh(ada.refreshToken))).toEqual([401, 'refresh-token-reused'])
      expect(problem(await refresh(third))).toEqual([401, 'session-ended'])
    })

    it.each([
      ['a token that was never issued', 'A'.repeat(43)],
      ['another text', 'nonsense'],
    ])('then %s is rejected', async (_what, token) => {
      expect(problem(await refresh(token))).toEqual([401, 'refresh-token-invalid'])
    })
  })

  describe('When a user logs out', () => {
    it('then their session issues no more tokens, and their other sessions continue', async () => {
      const ada = await registerSomebody(system)
      const other = (await logIn(ada)).body
      expect((await auth('POST', '/auth/logout', { token: ada.accessToken })).status).toBe(204)
      expect(problem(await refresh(ada.refreshToken))).toEqual([401, 'session-ended'])
      expect((await refresh(other.refreshToken)).status).toBe(200)
    })

    it('then logout-all ends all their sessions', async () => {
      const ada = await registerSomebody(system)
      const other = (await logIn(ada)).body
      expect((await auth('POST', '/auth/logout-all', { token: ada.accessToken })).status).toBe(204)
      expect((await refresh(ada.refreshToken)).status).toBe(401)
      expect((await refresh(other.refreshToken)).status).toBe(401)
    })

    it('then they can list their sessions and end one of them', async () => {
      const ada = await registerSomebody(system)
      const other = (await logIn(ada)).body
      const { body } = await auth('GET', '/auth/sessions', { token: ada.accessToken })
      expect(body.data).toHaveLength(2)
      const [foreign] = body.data.filter(({ current }: { current: boolean }) => !current)
      expect((await auth('DELETE', `/auth/sessions/${foreign.id}`, { token: ada.accessToken })).status).toBe(204)
      expect((await refresh(other.refreshToken)).status).toBe(401)
      const eve = await registerSomebody(system, 'Eve')
      const [own] = body.data.filter(({ current }: { current: boolean }) => current)
      expect((await auth('DELETE', `/auth/sessions/${own.id}`, { token: eve.accessToken })).status).toBe(404)
    })
  })

  describe('When a password is changed', () => {
    it('then the new password is valid, the session continues, and the other sessions end', async () => {
      const ada = await registerSomebody(system)
      const other = (await logIn(ada)).body
      const change = (currentPassword: string) =>
        auth('POST', '/auth/password/change', {
          token: ada.accessToken,
          body: { currentPassword, newPassword: 'another long password' },
        })
      expect(problem(await change('not the password'))).toEqual([403, 'wrong-password'])
      expect((await change(ada.password)).status).toBe(204)
      expect((await logIn(ada)).status).toBe(401)
      expect((await logIn({ ...ada, password: 'another long password' })).status).toBe(200)
      expect((await refresh(ada.refreshToken)).status).toBe(200)
      expect((await refresh(other.refreshToken)).status).toBe(401)
    })
  })

  describe('When a password is sent in another normalisation form', () => {
    const composed = 'caf\u00E9 \u00E5 la cr\u00E8me'
    const decomposed = composed.normalize('NFD')

    it('then it is the same password for registration, login and password change', async () => {
      const email = 'composed@example.com'
      const { status, body } = await auth('POST', '/auth/register', {
        body: { email, password: decomposed, name: 'Composed' },
      })
      expect(status).toBe(201)
      expect((await logIn({ email, password: composed })).status).toBe(200)
      const newPassword = `${composed}, s'il vous pla\u00EEt`
      const changed = await auth('POST', '/auth/password/change', {
        token: body.accessToken,
        body: { currentPassword: composed, newPassword: newPassword.normalize('NFD') },
      })
      expect(changed.status).toBe(204)
      expect((await logIn({ email, password: newPassword })).status).toBe(200)
      expect(problem(await logIn({ email, password: composed }))).toEqual([401, 'invalid-credentials'])
    })

    it('then the length of its normalised form counts', async () => {
      const sent = (password: string) => ({ body: { email: 'counted@example.com', password, name: 'Counted' } })
      const short = await auth('POST', '/auth/register', sent('\u00E9'.repeat(9).normalize('NFD')))
      expect(short.body.errors).toEqual([{ path: 'body.password', message: 'must have at least 10 characters' }])
      const long = '\u00E9'.repeat(128).normalize('NFD')
      expect((await auth('POST', '/auth/register', sent(long))).status).toBe(201)
      expect((await logIn({ email: 'counted@example.com', password: long })).status).toBe(200)
    })
  })

  describe('When a password is changed while a client logs in with the old password all the time', () => {
    it('then no session of the old password is left', async () => {
      for (let round = 0; round < 3; round++) {
        const ada = await registerSomebody(system)
        const { deviceToken } = (await logIn(ada)).body
        const theirs: string[] = []
        const over = new AbortController()
        const thief = async () => {
          while (!over.signal.aborted) {
            const { status, body } = await logIn(ada, { deviceToken })
            if (status !== 200) return
            theirs.push(body.refreshToken)
          }
        }
        const thieves = [thief(), thief(), thief()]
        await eventually(() => expect(theirs.length).toBeGreaterThan(2), { limitMs: 60_000 })
        const body = { currentPassword: ada.password, newPassword: 'another long password' }
        expect((await auth('POST', '/auth/password/change', { token: ada.accessToken, body })).status).toBe(204)
        over.abort()
        await Promise.all(thieves)
        const refreshed = await Promise.all(theirs.map(refresh))
        expect(new Set(refreshed.map(({ status }) => status))).toEqual(new Set([401]))
      }
    })
  })

  describe('When a request has a token', () => {
    it.each([
      ['no token', undefined, 'token-missing'],
      ['an invalid token', 'abc.def.ghi', 'token-invalid'],
    ])('then %s is rejected', async (_what, token, code) => {
      const answer = await auth('GET', '/auth/me', { token })
      expect(problem(answer)).toEqual([401, code])
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error=/)
    })

    it("then a service token is valid only for /internal, and a user's token never is", async () => {
      const basic = Buffer.from('medias-service:medias-service-development-secret').toString('base64')
      const response = await fetch(`${system.authUrl}/api/v1/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      })
      expect(response.status).toBe(200)
      const { access_token: service, expires_in: expiresIn } = (await response.json()) as Record<string, string>
      expect(expiresIn).toBe(300)
      const names = (token: string | undefined) =>
        send('POST', `${system.mainUrl}/internal/users/names`, { body: { ids: [] }, token })
      const admin = await logInAdministrator(system)
      expect((await names(service)).status).toBe(200)
      expect((await names(admin.accessToken)).status).toBe(401)
      expect((await names(undefined)).status).toBe(401)
      // A proxy can be configured to block exactly this path.
      expect((await send('GET', `${system.mainUrl}/INTERNAL/revocations`, { token: service })).status).toBe(404)
      expect((await send('GET', `${system.mainUrl}/api/v1/users`, { token: service })).status).toBe(401)
    })

    it.each([
      ['a form that is too large', 'application/x-www-form-urlencoded', 'a'.repeat(20_000)],
      ['a form in an unknown charset', 'application/x-www-form-urlencoded; charset=x-none', 'grant_type=a'],
      ['a repeated parameter', 'application/x-www-form-urlencoded', 'grant_type=client_credentials&grant_type=x'],
      ['a body that is not a form', 'application/json', '{"grant_type":"client_credentials"}'],
    ])('then %s is an invalid_request', async (_what, type, body) => {
      const response = await fetch(`${system.authUrl}/api/v1/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      })
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: 'invalid_request', error_description: expect.any(String) },
      ])
    })

    it('then a client without its secret is rejected as RFC 6749 requires', async () => {
      const response = await fetch(`${system.authUrl}/api/v1/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: 'medias-service',
          client_secret: 'x',
        }),
      })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ error: 'invalid_client' })
    })
  })
})
