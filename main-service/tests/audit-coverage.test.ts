import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { findFreePort } from '@likeness/local-servers'
import { createMetrics } from '@likeness/service-kit/process'
import { startService, type ServiceProcess } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { createApp } from '../src/app.ts'
import { makeRole, openSession, registered, session, stories, user, world, type Send } from './audit-stories.ts'
import { changingRoutes } from './changing-routes.ts'
import { startMain, tokenHash, type Client, type MainUnderTest } from './main-under-test.ts'

// Calls every route that changes identities or rights once. A new route must be added to audit-stories.ts.

let authService: ServiceProcess
let main: MainUnderTest
let admin: Client
const anyVersion = { 'If-Match': '*' }

beforeAll(async () => {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  authService = await startService({
    folder: 'auth-service',
    environment: { PORT: String(port), HOST: '127.0.0.1' },
    readyUrl: `${url}/healthz`,
  })
  main = await startMain({ AUTH_SERVICE_URL: url })
  admin = await main.logInAdministrator()
  Object.assign(world, { main, admin })
})
afterAll(async () => {
  await main?.stop()
  await authService?.stop()
})

/** Routes with another method than GET that do not change identities or rights. */
const silent = [
  'POST /api/v1/access/preview',
  'POST /internal/users/names',
  'POST /internal/credentials',
  'POST /internal/users/:id/credentials',
  'POST /internal/guesses/forget',
  'POST /internal/wrong-tokens',
  'POST /internal/registrations',
  'POST /internal/refresh-tokens/lookup',
  'POST /internal/api-keys/identity',
  'POST /internal/features/evaluate',
  'POST /internal/invitations/lookup',
  // A rotation does not change a session, except if the token was used before: see the test below.
  'POST /internal/sessions/:id/rotate',
]

/** Routes that need medias-service. They are tested in tests/audit-trail.test.ts. */
const testedElsewhere = ['PUT /api/v1/users/:id/avatar']

const trail = () =>
  main.context.maindb.rows<Record<string, unknown>>(
    `SELECT action, jsonb_build_object('type', actor_type, 'id', actor_id) AS actor,
       jsonb_build_object('type', target_type, 'id', target_id) AS target,
       before, after, address, user_agent AS "userAgent", request_id AS "requestId" FROM audit ORDER BY at, id`,
  )

/** `before` is null after a creation, `after` is null after a deletion. Both are null for a password. */
function expectedFields(action: string) {
  const isCreation = /created|registered|invited|opened|restored|ended/.test(action)
  const fields = expect.any(Object)
  if (action === 'user.password-changed') return { before: null, after: null }
  return { before: isCreation ? null : fields, after: /deleted|revoked/.test(action) ? null : fields }
}

const linesOf = async (requestId: string) => (await trail()).filter((line) => line['requestId'] === requestId)

it('When a route can change something, then it has a story in this test', () => {
  const routes = changingRoutes(createApp({ ...main.context, metrics: createMetrics('main-service') }))

  expect(routes.length).toBeGreaterThan(20)
  const known = [...Object.keys(stories), ...silent, ...testedElsewhere]
  expect(routes.filter((name) => !known.includes(name))).toEqual([])
})

it.each(Object.entries(stories))(
  'When %s has changed something, then the audit trail has one entry for it',
  async (name, story) => {
    const requestId = `story-${uuidv7()}`
    const isInternal = name.includes(' /internal')
    const from = isInternal
      ? { 'X-Client-Address': '203.0.113.9', 'X-Client-Agent': 'a phone', 'User-Agent': 'node' }
      : { 'User-Agent': 'a phone' }
    const as =
      (client: Client): Send =>
      (method, path, body) =>
        client.send(method, path, body, { ...from, ...anyVersion, 'X-Request-Id': requestId })

    const { answer, expected } = await story(as(admin), as)

    if (answer.status >= 300) throw new Error(`The answer was ${answer.status}: ${answer.text}`)
    const lines = await linesOf(requestId)
    expect(lines).toEqual([
      {
        actor: user(admin.id),
        ...expected,
        ...expectedFields(expected.action),
        address: isInternal ? '203.0.113.9' : expect.stringContaining('127.0.0.1'),
        userAgent: 'a phone',
        requestId,
      },
    ])
  },
)

it('When a change is rejected or changes nothing, then the audit trail has no entry for it', async () => {
  const id = await registered()
  const roleId = await makeRole(['jobs:read'])
  const before = (await trail()).length
  const clerk = main.withPermissions('users:update', 'roles:write', 'roles:assign')

  const refused = [
    await clerk.send('patch', `/users/${admin.id}`, { name: 'No' }),
    await clerk.send('put', `/users/${id}/roles`, { roles: ['admin'] }),
    await clerk.send('put', `/roles/${roleId}/permissions`, { permissions: [] }, anyVersion),
    await admin.send('delete', `/users/${admin.id}`),
    await admin.send('post', '/users', { email: 'admin@example.com', name: 'Taken' }),
    await admin.send('patch', `/users/${id}`, { name: 'Late' }, { 'If-Match': '"another"' }),
    await admin.send('patch', `/roles/${roleId}`, { name: 'admin' }, anyVersion),
    await main.auth.send('post', '/users', { email: 'admin@example.com', name: 'No', passwordHash: 'a hash' }),
    await main.auth.send('delete', `/users/${id}/sessions/${uuidv7()}`),
  ]
  const idle = [
    await admin.send('patch', `/users/${id}`, {}),
    await admin.send('post', `/users/${id}/restore`),
    await admin.send('put', `/users/${id}/roles`, { roles: ['user'] }),
    await admin.send('put', `/roles/${roleId}/permissions`, { permissions: ['jobs:read'] }, anyVersion),
    await main.auth.send('delete', `/sessions/${uuidv7()}`),
  ]

  for (const { status } of refused) expect(status).toBeGreaterThanOrEqual(400)
  for (const { status } of idle) expect(status).toBeLessThan(300)
  expect((await trail()).length).toBe(before)
})

it('When a refresh token is used a second time, then the end of its session is recorded, although the request is rejected', async () => {
  const { userId, id, first } = await openSession()
  const rotate = (spentHash: string, successorHash: string) =>
    main.auth.send('post', `/sessions/${id}/rotate`, { spentHash, successorHash })
  const [second, third] = [tokenHash(), tokenHash()]
  await rotate(first, second)
  await rotate(second, third)

  expect((await rotate(first, second)).body.code).toBe('refresh-token-reused')

  expect((await trail()).at(-1)).toMatchObject({
    action: 'session.ended',
    actor: user(userId),
    target: session(id),
    after: { reason: 'refresh-token-reused' },
  })
})

it('When all stories have run, then the audit trail contains no password, hash or token', async () => {
  const text = JSON.stringify(await trail())

  expect(world.secrets.length).toBeGreaterThan(5)
  expect(world.secrets.filter((value) => text.includes(value))).toEqual([])
  expect(text).not.toMatch(/password_?hash|refresh_?token_?hash|argon2|eyJ[\w-]+\./i)
})
