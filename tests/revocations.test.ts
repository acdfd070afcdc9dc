import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  expectRevokedWithin5s,
  logInAdministrator,
  registerSomebody,
  send,
  startSystem,
  type Person,
  type System,
} from '@likeness/test-kit'

/** The limit for events without a promised time. */
const patient = { limitMs: 60_000 }

describe('When rights change while tokens are valid', () => {
  let system: System
  let admin: Person

  beforeAll(async () => {
    system = await startSystem({ workers: 0 })
    admin = await logInAdministrator(system)
  })
  afterAll(() => system?.stop())

  const main = (method: string, path: string, token: string, body?: unknown, headers = {}) =>
    send(method, `${system.mainUrl}/api/v1${path}`, { token, body, headers })
  const auth = (method: string, path: string, sent: Parameters<typeof send>[2]) =>
    send(method, `${system.authUrl}/api/v1/auth${path}`, sent)

  /** The response of each service to a token: 200 or the problem code. */
  const answers = async (token: string) => {
    const [atMain, atAuth, atMedias] = await Promise.all([
      main('GET', '/users/me', token),
      auth('GET', '/me', { token }),
      send('GET', `${system.mediasUrl}/api/v1/media`, { token }),
    ])
    return [atMain, atAuth, atMedias].map(({ status, body }) => (status === 200 ? 200 : body.code))
  }
  const everywhere = (what: number | string) => [what, what, what]
  const refreshed = async (person: Person) => {
    const { status, body } = await auth('POST', '/refresh', { body: { refreshToken: person.refreshToken } })
    return { status, code: body.code, token: body.accessToken as string }
  }
  const suspend = ({ id }: Person) => main('PATCH', `/users/${id}`, admin.accessToken, { status: 'suspended' })

  it('then a changed role makes the tokens of all its holders stale in every service, with one entry', async () => {
    const names = ['Ada', 'Grace', 'Joan']
    const members = await Promise.all(names.map((name) => registerSomebody(system, name)))
    const permissions = ['users:read', 'media:read']
    const { body: role } = await main('POST', '/roles', admin.accessToken, { name: 'readers', permissions })
    for (const { id } of members) {
      await main('PUT', `/users/${id}/roles`, admin.accessToken, { roles: ['user', 'readers'] })
    }
    const tokens = await Promise.all(members.map(async (person) => (await refreshed(person)).token))
    await eventually(
      async () => expect(await Promise.all(tokens.map(answers))).toEqual(tokens.map(() => everywhere(200))),
      patient,
    )

    const cut = { permissions: ['media:read'] }
    const edit = await main('PUT', `/roles/${role.id}/permissions`, admin.accessToken, cut, { 'If-Match': '*' })
    expect(edit.status).toBe(200)

    await expectRevokedWithin5s(system, [role.id])
    expect(await Promise.all(tokens.map(answers))).toEqual(tokens.map(() => everywhere('token-stale')))
    // The administrator does not have the role, so the token stays valid.
    expect(await answers(admin.accessToken)).toEqual(everywhere(200))
  })

  it('then a logout invalidates only the tokens of its session', async () => {
    const ada = await registerSomebody(system)
    const again = await auth('POST', '/login', { body: { email: ada.email, password: ada.password } })
    expect((await auth('POST', '/logout', { token: ada.accessToken })).status).toBe(204)

    await expectRevokedWithin5s(system, [ada.id])
    expect(await answers(ada.accessToken)).toEqual(everywhere('session-ended'))
    expect(await answers(again.body.accessToken)).toEqual(everywhere(200))
  })

  it('then every service rejects the tokens of a suspended user, who cannot refresh them', async () => {
    const ada = await registerSomebody(system)
    expect((await suspend(ada)).status).toBe(200)

    await expectRevokedWithin5s(system, [ada.id])
    expect(await answers(ada.accessToken)).toEqual(everywhere('session-ended'))
    expect(await refreshed(ada)).toMatchObject({ status: 401, code: 'session-ended' })
  })

  it('then after a change of the password, its session continues with a new token', async () => {
    const ada = await registerSomebody(system)
    const body = { currentPassword: ada.password, newPassword: 'another long password' }
    expect((await auth('POST', '/password/change', { token: ada.accessToken, body })).status).toBe(204)

    await expectRevokedWithin5s(system, [ada.id])
    expect(await answers(ada.accessToken)).toEqual(everywhere('token-stale'))
    expect(await answers((await refreshed(ada)).token)).toEqual(everywhere(200))
  })

  it('then a token expires no later than a role that was granted for a limited time', async () => {
    const ada = await registerSomebody(system)
    const expiresAt = new Date(Date.now() + 100_000).toISOString()
    await main('POST', `/users/${ada.id}/roles/editor`, admin.accessToken, { expiresAt })
    const { body } = await auth('POST', '/login', { body: { email: ada.email, password: ada.password } })
    expect(body.expiresIn).toBeGreaterThan(80)
    expect(body.expiresIn).toBeLessThanOrEqual(100)
  })

  it('and auth-service stops before a service got its first token, then the service still accepts the token', async () => {
    const ada = await registerSomebody(system)
    await system.medias.stop()
    await system.restart('medias-service')
    await eventually(async () => {
      const { body } = await send('GET', `${system.mediasUrl}/readyz`)
      expect(body.checks.revocations.status).toBe('ok')
    }, patient)
    await system.auth.stop()

    expect((await send('GET', `${system.mediasUrl}/api/v1/media`, { token: ada.accessToken })).status).toBe(200)
    await system.restart('auth-service')
  })

  it('and auth-service is unavailable, then the known revocations stay in force, and the others follow later', async () => {
    const [ada, grace] = [await registerSomebody(system, 'Ada'), await registerSomebody(system, 'Grace')]
    expect(await answers(ada.accessToken)).toEqual(everywhere(200))
    await system.auth.stop()

    const media = (token: string) => send('GET', `${system.mediasUrl}/api/v1/media`, { token })
    await suspend(ada)
    // main-service has the feed itself. medias-service only has the revocations that it has read before.
    await expectRevokedWithin5s(system, [ada.id], ['main'])
    expect((await main('GET', '/users/me', ada.accessToken)).status).toBe(401)
    expect((await media(ada.accessToken)).status).toBe(200)
    const ready = await send('GET', `${system.mediasUrl}/readyz`)
    expect(ready.status).toBe(200)
    await eventually(async () => {
      const { body } = await send('GET', `${system.mediasUrl}/readyz`)
      expect(body.checks.revocations).toEqual({ status: 'unavailable', required: false })
    }, patient)

    await system.restart('auth-service')
    // The limit of 5 s only applies while the feed can be read.
    await eventually(async () => expect(await answers(ada.accessToken)).toEqual(everywhere('session-ended')), patient)
    expect(await answers(grace.accessToken)).toEqual(everywhere(200))
  })

  it('and a service starts without access to the feed, then it returns 503 for every token until it has read the feed', async () => {
    const ada = await registerSomebody(system)
    await system.auth.stop()
    await system.medias.stop()
    await system.restart('medias-service')

    const answer = await send('GET', `${system.mediasUrl}/api/v1/media`, { token: ada.accessToken })
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await send('GET', `${system.mediasUrl}/healthz`)).status).toBe(200)

    await system.restart('auth-service')
    await eventually(async () => expect(await answers(ada.accessToken)).toEqual(everywhere(200)), patient)
  })
})
