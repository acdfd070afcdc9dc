import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  requestToken,
  eventually,
  expectRevokedWithin5s,
  logInAdministrator,
  makeCameraPicture,
  registerSomebody,
  send,
  sharedSystem,
  upload,
  type Answer,
  type Person,
  type System,
} from '@likeness/test-kit'

const exchange = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:likeness:params:oauth:token-type:api-key',
}

describe('API keys of machine clients', () => {
  let system: System
  let admin: Person
  let picture: Buffer

  const main = (method: string, path: string, sent: Parameters<typeof send>[2] = {}) =>
    send(method, `${system.mainUrl}/api/v1${path}`, sent)
  const medias = (method: string, path: string, sent: Parameters<typeof send>[2] = {}) =>
    send(method, `${system.mediasUrl}/api/v1${path}`, sent)
  const auth = (method: string, path: string, sent: Parameters<typeof send>[2] = {}) =>
    send(method, `${system.authUrl}/api/v1${path}`, sent)

  async function makeKey(maker: Person, permissions: string[], more: object = {}) {
    const body = { name: 'A machine', permissions, ...more }
    const answer = await main('POST', '/api-keys', { token: maker.accessToken, body })
    expect(answer.status).toBe(201)
    return answer.body as { id: string; key: string }
  }

  const grant = (form: Record<string, string>, headers?: Record<string, string>) => requestToken(system, form, headers)
  const code = ({ status, body }: Answer) => (status < 400 ? [status] : [status, body.code])

  beforeAll(async () => {
    system = await sharedSystem()
    admin = await logInAdministrator(system)
    picture = (await makeCameraPicture({ width: 60, height: 40 })).bytes
  })

  describe('When a machine sends its key', () => {
    it('then every service accepts it as its creator, with the permissions of the key', async () => {
      const ada = await registerSomebody(system)
      const { id, key } = await makeKey(ada, ['media:create', 'media:read:own', 'users:read:own'])

      const uploaded = await upload(system, key, { bytes: picture, name: 'by-key.jpg' })
      expect(uploaded.status).toBe(201)
      expect(uploaded.body.ownerId).toBe(ada.id)
      expect((await medias('GET', `/media/${uploaded.body.id}`, { token: key })).status).toBe(200)
      expect((await main('GET', '/users/me', { token: key })).body).toMatchObject({ id: ada.id })
      const me = await auth('GET', '/auth/me', { token: key })
      expect(me.body).toMatchObject({ sub: ada.id, key: id, roles: ['user'] })
      expect(me.body).not.toHaveProperty('sid')
      expect(me.body.permissions).toEqual(['media:create', 'media:read:own', 'users:read:own'])
      // main-service calls medias-service with the token that the key was exchanged for.
      const list = await main('GET', `/users/${ada.id}/media`, { token: key })
      expect(list.body.data).toMatchObject([{ filename: 'by-key.jpg' }])
    })

    it('then a key that can only read cannot write, and does not show data of other users', async () => {
      const ada = await registerSomebody(system)
      const { body: media } = await upload(system, ada.accessToken, { bytes: picture, name: 'mine.jpg' })
      const { key } = await makeKey(ada, ['media:read:own'])
      const eve = await registerSomebody(system, 'Eve')
      const { body: others } = await upload(system, eve.accessToken, { bytes: picture, name: 'others.jpg' })

      expect((await medias('GET', `/media/${media.id}`, { token: key })).status).toBe(200)
      expect(code(await upload(system, key, { bytes: picture, name: 'no.jpg' }))).toEqual([403, 'forbidden'])
      expect(code(await medias('PATCH', `/media/${media.id}`, { token: key, body: { title: 'x' } }))).toEqual([
        403,
        'forbidden',
      ])
      expect(code(await medias('DELETE', `/media/${media.id}`, { token: key }))).toEqual([403, 'forbidden'])
      expect(code(await main('GET', '/users/me', { token: key }))).toEqual([403, 'forbidden'])
      expect((await medias('GET', `/media/${others.id}`, { token: key })).status).toBe(404)
    })

    it('then it can neither manage sessions nor create keys nor call /internal', async () => {
      const { key } = await makeKey(admin, ['*'])

      expect(code(await auth('GET', '/auth/sessions', { token: key }))).toEqual([403, 'session-required'])
      expect(code(await auth('POST', '/auth/logout-all', { token: key }))).toEqual([403, 'session-required'])
      expect(
        code(await main('POST', '/api-keys', { token: key, body: { name: 'x', permissions: ['media:read'] } })),
      ).toEqual([403, 'session-required'])
      expect((await send('GET', `${system.mainUrl}/internal/revocations`, { token: key })).status).toBe(401)
    })

    it('then it is exchanged once, and the token is cached', async () => {
      const { key } = await makeKey(await registerSomebody(system), ['media:read:own'])
      const ask = (requestId: string) => medias('GET', '/media', { token: key, headers: { 'x-request-id': requestId } })
      const exchanges = (requestId: string) =>
        system.auth.log.filter((line) => line.event === 'request.done' && line['requestId'] === requestId)

      await Promise.all(Array.from({ length: 10 }, () => ask('key-first')))
      expect((await ask('key-second')).status).toBe(200)

      await eventually(() => expect(exchanges('key-first')).toHaveLength(1), { limitMs: 60_000 })
      expect(exchanges('key-second')).toEqual([])
    })

    it('then every service rejects a text that is not a valid key', async () => {
      for (const key of ['key_', 'key_nothing', `key_${'A'.repeat(43)}`]) {
        for (const call of [main('GET', '/users/me', { token: key }), medias('GET', '/media', { token: key })]) {
          const answer = await call
          expect(code(answer)).toEqual([401, 'key-invalid'])
          expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
        }
        expect(code(await auth('GET', '/auth/me', { token: key }))).toEqual([401, 'key-invalid'])
      }
    })
  })

  describe("When the permissions of the key's creator change", () => {
    it('then the key loses what the creator loses within 5 s, and regains what the creator regains', async () => {
      const ada = await registerSomebody(system)
      const setRoles = (roles: string[]) =>
        main('PUT', `/users/${ada.id}/roles`, { token: admin.accessToken, body: { roles } })
      await setRoles(['editor'])
      const { body: editor } = await auth('POST', '/auth/login', { body: { email: ada.email, password: ada.password } })
      const { key } = await makeKey({ ...ada, accessToken: editor.accessToken }, ['media:read', 'users:read'])
      const readPeople = () => main('GET', `/users/${admin.id}`, { token: key })
      const readMedia = () => medias('GET', '/media', { token: key })
      const seen = async () => [(await readPeople()).status, (await readMedia()).status]
      expect(await seen()).toEqual([200, 200])

      await setRoles([])
      await expectRevokedWithin5s(system, [ada.id])
      expect(await seen()).toEqual([403, 403])
      await setRoles(['editor'])
      await expectRevokedWithin5s(system, [ada.id])
      expect(await seen()).toEqual([200, 200])
      // A client with a key cannot refresh its token, so it must not get an error for a stale token.
      const answers = await Promise.all([
        setRoles(['user', 'editor']),
        ...Array.from({ length: 20 }, () => readMedia()),
        ...Array.from({ length: 20 }, () => readPeople()),
      ])
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    })

    it('then the keys of a suspended user are rejected, and accepted again when the user is active', async () => {
      const ada = await registerSomebody(system)
      const { key } = await makeKey(ada, ['media:read:own'])
      const ask = async () => code(await medias('GET', '/media', { token: key }))
      const setStatus = (status: string) =>
        main('PATCH', `/users/${ada.id}`, { token: admin.accessToken, body: { status } })
      expect(await ask()).toEqual([200])

      await setStatus('suspended')
      await expectRevokedWithin5s(system, [ada.id])
      expect(await ask()).toEqual([401, 'key-maker-inactive'])
      await setStatus('active')
      await eventually(async () => expect(await ask()).toEqual([200]), { limitMs: 7_000 })
    })
  })

  describe('When a key ends', () => {
    it('then every service rejects a revoked key within 5 s', async () => {
      const ada = await registerSomebody(system)
      const { id, key } = await makeKey(ada, ['media:read:own', 'users:read:own'])
      const calls = () =>
        Promise.all([
          main('GET', '/users/me', { token: key }),
          medias('GET', '/media', { token: key }),
          auth('GET', '/auth/me', { token: key }),
        ])
      expect((await calls()).map(({ status }) => status)).toEqual([200, 200, 200])
      const { body: token } = await grant({ ...exchange, subject_token: key })

      expect((await main('DELETE', `/api-keys/${id}`, { token: ada.accessToken })).status).toBe(204)

      await expectRevokedWithin5s(system, [id])
      for (const answer of await calls()) expect(code(answer)).toEqual([401, 'key-revoked'])
      const exchanged = await medias('GET', '/media', { token: token.access_token })
      expect(code(exchanged)).toEqual([401, 'key-revoked'])
    })

    it('then the keys of a deleted user are revoked', async () => {
      const ada = await registerSomebody(system)
      const { key } = await makeKey(ada, ['media:read:own'])
      expect((await medias('GET', '/media', { token: key })).status).toBe(200)

      await main('DELETE', `/users/${ada.id}`, { token: admin.accessToken })

      await expectRevokedWithin5s(system, [ada.id])
      expect(code(await medias('GET', '/media', { token: key }))).toEqual([401, 'key-revoked'])
    })

    it('then an expired key is rejected, even if its token is cached', async () => {
      const ada = await registerSomebody(system)
      const expiresAt = new Date(Date.now() + 3_000).toISOString()
      const { key } = await makeKey(ada, ['media:read:own'], { expiresAt })
      const { body } = await grant({ ...exchange, subject_token: key })
      expect(body.expires_in).toBeLessThanOrEqual(3)
      expect((await medias('GET', '/media', { token: key })).status).toBe(200)

      await eventually(
        async () => expect(code(await medias('GET', '/media', { token: key }))).toEqual([401, 'key-expired']),
        { limitMs: 60_000 },
      )
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt) - 1_000)
    })
  })

  describe('When a client uses OAuth', () => {
    it('then client_credentials with the id of a key and the key returns a token (RFC 6749 §4.4)', async () => {
      const ada = await registerSomebody(system)
      const { id, key } = await makeKey(ada, ['media:read:own'])
      const basic = `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`

      for (const answer of [
        await grant({ grant_type: 'client_credentials' }, { authorization: basic }),
        await grant({ grant_type: 'client_credentials', client_id: id, client_secret: key }),
      ]) {
        expect(answer.status).toBe(200)
        expect(answer.headers.get('cache-control')).toBe('no-store')
        expect(answer.body).toEqual({
          access_token: expect.any(String),
          token_type: 'Bearer',
          expires_in: 900,
          scope: 'media:read:own',
        })
        const me = await auth('GET', '/auth/me', { token: answer.body.access_token })
        expect(me.body).toMatchObject({ sub: ada.id, key: id, permissions: ['media:read:own'] })
        expect(
          (await send('GET', `${system.mainUrl}/internal/revocations`, { token: answer.body.access_token })).status,
        ).toBe(401)
      }
    })

    it('then a key is exchanged without a client (RFC 8693), limited to the requested scope', async () => {
      const { key } = await makeKey(await registerSomebody(system), ['media:read:own', 'media:create'])

      const whole = await grant({ ...exchange, subject_token: key })
      const less = await grant({ ...exchange, subject_token: key, scope: 'media:read tags:*' })

      expect(whole.body).toMatchObject({
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        scope: 'media:create media:read:own',
      })
      expect(less.body.scope).toBe('media:read:own')
      const refused = await upload(system, less.body.access_token, { bytes: picture, name: 'no.jpg' })
      expect(code(refused)).toEqual([403, 'forbidden'])
    })

    it('then errors have the format of RFC 6749', async () => {
      const ada = await registerSomebody(system)
      const { id, key } = await makeKey(ada, ['media:read:own'])
      const revoked = await makeKey(ada, ['media:read:own'])
      await main('DELETE', `/api-keys/${revoked.id}`, { token: ada.accessToken })
      const credentials = (client_id: string, client_secret: string) =>
        grant({ grant_type: 'client_credentials', client_id, client_secret })
      const exchangeWith = (form: Record<string, string>) => grant({ ...exchange, subject_token: key, ...form })
      const { subject_token_type: _type, ...withoutType } = { ...exchange, subject_token: key }

      const told = async (answer: Promise<Answer>) => {
        const { status, headers, body } = await answer
        expect(headers.get('cache-control')).toBe('no-store')
        expect(body.error_description).toBeTruthy()
        if (status === 401) expect(headers.get('www-authenticate')).toMatch(/^Basic /)
        return [status, body.error, body.code]
      }
      expect(await told(credentials(id, `key_${'A'.repeat(43)}`))).toEqual([401, 'invalid_client', 'key-invalid'])
      expect(await told(credentials(id, 'key_'))).toEqual([401, 'invalid_client', 'key-invalid'])
      expect(await told(credentials(revoked.id, key))).toEqual([401, 'invalid_client', 'key-invalid'])
      expect(await told(credentials('main-service', key))).toEqual([401, 'invalid_client', 'key-invalid'])
      expect(await told(credentials(id, 'not a key'))).toEqual([401, 'invalid_client', undefined])
      expect(await told(credentials(revoked.id, revoked.key))).toEqual([401, 'invalid_client', 'key-revoked'])
      expect(await told(exchangeWith({ subject_token: revoked.key }))).toEqual([400, 'invalid_request', 'key-revoked'])
      expect(await told(exchangeWith({ subject_token: 'nothing' }))).toEqual([400, 'invalid_request', 'key-invalid'])
      expect(await told(grant(withoutType))).toEqual([400, 'invalid_request', undefined])
      expect(await told(exchangeWith({ subject_token_type: 'urn:x' }))).toEqual([400, 'invalid_request', undefined])
      expect(await told(exchangeWith({ requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' }))).toEqual([
        400,
        'invalid_request',
        undefined,
      ])
      expect(await told(exchangeWith({ scope: 'tags:*' }))).toEqual([400, 'invalid_scope', undefined])
      expect(await told(exchangeWith({ scope: 'openid' }))).toEqual([400, 'invalid_scope', undefined])
      expect(await told(grant({ grant_type: 'password' }))).toEqual([400, 'unsupported_grant_type', undefined])
    })

    it('then the metadata of auth-service lists the supported grants (RFC 8414)', async () => {
      const { body } = await send('GET', `${system.authUrl}/.well-known/oauth-authorization-server`)
      expect(body.grant_types_supported).toEqual(['client_credentials', exchange.grant_type])
    })
  })

  it('When a key is sent in a wrong place, then it is in no log', async () => {
    const { id, key } = await makeKey(await registerSomebody(system), ['media:read:own'])
    const headers = { 'x-request-id': key }
    await medias('GET', `/media/${key}?key=${key}`, { token: key, headers })
    await medias('GET', `/media/%20${key}`, { token: key })
    await main('POST', '/api-keys', { token: key, body: { name: key, permissions: [key], key } })
    await auth('POST', '/auth/login', { body: { email: key, password: key } })
    await grant({ ...exchange, subject_token: key, key })
    await grant({ grant_type: 'client_credentials', client_id: id, client_secret: key }, headers)
    await auth('GET', `/auth/sessions/${key}`)

    const lines = () =>
      [system.main, system.auth, system.medias].flatMap(({ log }) => log.map((line) => JSON.stringify(line)))
    await eventually(
      () => expect(lines().filter((line) => line.includes('key_[redacted]')).length).toBeGreaterThan(3),
      {
        limitMs: 60_000,
      },
    )
    expect(lines().filter((line) => line.includes(key))).toEqual([])
  })
})
