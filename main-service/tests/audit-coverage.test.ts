import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createMetrics } from '@likeness/service-kit'
import { findFreePort, startService, type ServiceProcess } from '@likeness/test-kit'
import type { Express } from 'express'
import type { Response } from 'supertest'
import { uuidv7 } from 'uuidv7'

import { createApp } from '../src/app.ts'
import { startMain, tokenHash, type Client, type MainUnderTest } from './main-under-test.ts'

// Every route that changes identity or rights, called once: whoever adds one has to add its story here.

let authService: ServiceProcess
let main: MainUnderTest
let admin: Client
/** What must never be read in the trail. */
const secrets: string[] = []

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
})
afterAll(async () => {
  await main?.stop()
  await authService?.stop()
})

const secret = (value: string) => {
  secrets.push(value)
  return value
}

interface Told {
  action: string
  /** Who did it; the administrator, unless told. */
  actor?: { type: string; id: string }
  target: { type: string; id: string }
}

type Send = (method: 'post' | 'put' | 'patch' | 'delete', path: string, body?: object) => Promise<Response>

/** Makes what it needs, sends one request, and says what the trail should tell of it. */
type Story = (send: Send, as: (client: Client) => Send) => Promise<{ answer: Response; told: Told }>

const registered = async () => (await main.register(`Somebody ${uuidv7()}`)).id
const user = (id: string) => ({ type: 'user', id })
const anyVersion = { 'If-Match': '*' }

async function makeRole(permissions: string[] = []): Promise<string> {
  const { body } = await admin.send('post', '/roles', { name: `role ${uuidv7()}`, permissions })
  return body.id
}

async function makePermission(): Promise<string> {
  const name = `things:a${uuidv7().replaceAll('-', '')}`
  return (await admin.send('post', '/permissions', { name })).body.id
}

async function openSession(): Promise<{ userId: string; id: string; first: string }> {
  const [userId, id, first] = [await registered(), uuidv7(), secret(tokenHash())]
  await main.auth.send('post', '/sessions', { id, userId, refreshTokenHash: first })
  return { userId, id, first }
}

const session = (id: string) => ({ type: 'session', id })

const stories: Record<string, Story> = {
  'POST /api/v1/users': async (send) => {
    const password = secret('a password to be kept')
    const answer = await send('post', '/users', { email: `${uuidv7()}@example.com`, name: 'Made', password })
    return { answer, told: { action: 'user.created', target: user(answer.body.id) } }
  },
  'PATCH /api/v1/users/:id': async (send) => {
    const id = await registered()
    const answer = await send('patch', `/users/${id}`, { email: `${uuidv7()}@example.com`, status: 'suspended' })
    return { answer, told: { action: 'user.updated', target: user(id) } }
  },
  'DELETE /api/v1/users/:id': async (send) => {
    const id = await registered()
    await main.logIn(id)
    return { answer: await send('delete', `/users/${id}`), told: { action: 'user.deleted', target: user(id) } }
  },
  'POST /api/v1/users/:id/restore': async (send) => {
    const id = await registered()
    await admin.send('delete', `/users/${id}`)
    return { answer: await send('post', `/users/${id}/restore`), told: { action: 'user.restored', target: user(id) } }
  },
  'PATCH /api/v1/users/me': async (_send, as) => {
    const me = await main.logIn(await registered())
    const answer = await as(me)('patch', '/users/me', { name: 'Myself' })
    return { answer, told: { action: 'user.updated', actor: user(me.id), target: user(me.id) } }
  },
  'DELETE /api/v1/users/me': async (_send, as) => {
    const password = secret('my own long password')
    const { body } = await admin.send('post', '/users', { email: `${uuidv7()}@example.com`, name: 'Me', password })
    const me = await main.logIn(body.id)
    const answer = await as(me)('delete', '/users/me', { password })
    return { answer, told: { action: 'user.deleted', actor: user(me.id), target: user(me.id) } }
  },
  'PUT /api/v1/users/:id/roles': async (send) => {
    const id = await registered()
    const answer = await send('put', `/users/${id}/roles`, { roles: ['editor'] })
    return { answer, told: { action: 'user.roles-changed', target: user(id) } }
  },
  'POST /api/v1/users/:id/roles/:role': async (send) => {
    const id = await registered()
    const answer = await send('post', `/users/${id}/roles/editor`, { expiresAt: '2999-01-01T00:00:00Z' })
    return { answer, told: { action: 'user.roles-changed', target: user(id) } }
  },
  'DELETE /api/v1/users/:id/roles/:role': async (send) => {
    const id = await registered()
    const answer = await send('delete', `/users/${id}/roles/user`)
    return { answer, told: { action: 'user.roles-changed', target: user(id) } }
  },
  'POST /api/v1/roles': async (send) => {
    const answer = await send('post', '/roles', { name: `role ${uuidv7()}` })
    return { answer, told: { action: 'role.created', target: { type: 'role', id: answer.body.id } } }
  },
  'PATCH /api/v1/roles/:id': async (send) => {
    const id = await makeRole()
    const answer = await send('patch', `/roles/${id}`, { description: 'Another' })
    return { answer, told: { action: 'role.updated', target: { type: 'role', id } } }
  },
  'PUT /api/v1/roles/:id/permissions': async (send) => {
    const id = await makeRole()
    const answer = await send('put', `/roles/${id}/permissions`, { permissions: ['jobs:read'] })
    return { answer, told: { action: 'role.permissions-changed', target: { type: 'role', id } } }
  },
  'DELETE /api/v1/roles/:id': async (send) => {
    const id = await makeRole()
    return {
      answer: await send('delete', `/roles/${id}`),
      told: { action: 'role.deleted', target: { type: 'role', id } },
    }
  },
  'POST /api/v1/permissions': async (send) => {
    const answer = await send('post', '/permissions', { name: 'things:told' })
    return { answer, told: { action: 'permission.created', target: { type: 'permission', id: answer.body.id } } }
  },
  'PATCH /api/v1/permissions/:id': async (send) => {
    const id = await makePermission()
    const answer = await send('patch', `/permissions/${id}`, { description: 'Another' })
    return { answer, told: { action: 'permission.updated', target: { type: 'permission', id } } }
  },
  'DELETE /api/v1/permissions/:id': async (send) => {
    const id = await makePermission()
    const answer = await send('delete', `/permissions/${id}`)
    return { answer, told: { action: 'permission.deleted', target: { type: 'permission', id } } }
  },
  'POST /api/v1/api-keys': async (send) => {
    const answer = await send('post', '/api-keys', { name: 'a machine', permissions: ['users:read'] })
    secret(answer.body.key)
    return { answer, told: { action: 'api-key.created', target: { type: 'api-key', id: answer.body.id } } }
  },
  'DELETE /api/v1/api-keys/:id': async (send) => {
    const { body } = await admin.send('post', '/api-keys', { name: 'a machine', permissions: ['users:read'] })
    secret(body.key)
    const answer = await send('delete', `/api-keys/${body.id}`)
    return { answer, told: { action: 'api-key.revoked', target: { type: 'api-key', id: body.id } } }
  },

  'POST /internal/users': async (_send, as) => {
    const passwordHash = secret('$argon2id$v=19$a-hash-to-be-kept')
    const answer = await as(main.auth)('post', '/users', {
      email: `${uuidv7()}@example.com`,
      name: 'New',
      passwordHash,
    })
    const them = user(answer.body.userId)
    return { answer, told: { action: 'user.registered', actor: them, target: them } }
  },
  'PUT /internal/users/:id/password': async (_send, as) => {
    const id = await registered()
    const passwordHash = secret('$argon2id$v=19$another-hash-to-be-kept')
    const answer = await as(main.auth)('put', `/users/${id}/password`, { passwordHash })
    return { answer, told: { action: 'user.password-changed', actor: user(id), target: user(id) } }
  },
  'POST /internal/sessions': async (_send, as) => {
    const [userId, id] = [await registered(), uuidv7()]
    const body = { id, userId, refreshTokenHash: secret(tokenHash()), device: 'a phone' }
    const answer = await as(main.auth)('post', '/sessions', body)
    return { answer, told: { action: 'session.opened', actor: user(userId), target: session(id) } }
  },
  'DELETE /internal/sessions/:id': async (_send, as) => {
    const { userId, id } = await openSession()
    const answer = await as(main.auth)('delete', `/sessions/${id}`)
    return { answer, told: { action: 'session.ended', actor: user(userId), target: session(id) } }
  },
  'DELETE /internal/users/:id/sessions': async (_send, as) => {
    const { userId } = await openSession()
    const answer = await as(main.auth)('delete', `/users/${userId}/sessions`)
    return { answer, told: { action: 'session.ended', actor: user(userId), target: user(userId) } }
  },
  'DELETE /internal/users/:id/sessions/:sessionId': async (_send, as) => {
    const { userId, id } = await openSession()
    const answer = await as(main.auth)('delete', `/users/${userId}/sessions/${id}`)
    return { answer, told: { action: 'session.ended', actor: user(userId), target: session(id) } }
  },
}

/** Routes that are no GET, and change nothing of identity or rights. */
const silent = [
  'POST /api/v1/access/preview',
  'POST /internal/users/names',
  'POST /internal/credentials',
  'POST /internal/users/:id/credentials',
  'POST /internal/guesses/forget',
  'POST /internal/refresh-tokens/lookup',
  'POST /internal/api-keys/identity',
  'POST /internal/features/evaluate',
  // A session that goes on is no change of it; one that ends by a stolen token is told, below.
  'POST /internal/sessions/:id/rotate',
]

interface Layer {
  route?: { path: string; methods: Record<string, boolean> }
  handle: { stack?: Layer[] }
  match(path: string): boolean
}

/** Every route of the service that changes something, as Express has it. */
function changingRoutes(app: Express): string[] {
  const routers = (app.router as unknown as { stack: Layer[] }).stack.filter(({ handle }) => handle.stack)
  return routers.flatMap((router) => {
    const base = ['/api/v1', '/internal'].find((path) => router.match(path) && !router.match('/elsewhere'))
    if (base === undefined) return []
    return (router.handle.stack ?? []).flatMap(({ route }) =>
      Object.keys(route?.methods ?? {})
        .filter((method) => ['post', 'put', 'patch', 'delete'].includes(method))
        .map((method) => `${method.toUpperCase()} ${base}${route?.path}`),
    )
  })
}

const trail = () =>
  main.context.maindb.rows<Record<string, unknown>>(
    `SELECT action, jsonb_build_object('type', actor_type, 'id', actor_id) AS actor,
       jsonb_build_object('type', target_type, 'id', target_id) AS target,
       before, after, address, user_agent AS "userAgent", request_id AS "requestId" FROM audit ORDER BY at, id`,
  )

/** What was made has nothing before, what is gone nothing after, and of what was changed both are told. A password never. */
function whatIsTold(action: string) {
  const isMade = /created|registered|opened|restored|ended/.test(action)
  const fields = expect.any(Object)
  if (action === 'user.password-changed') return { before: null, after: null }
  return { before: isMade ? null : fields, after: /deleted|revoked/.test(action) ? null : fields }
}

const linesOf = async (requestId: string) => (await trail()).filter((line) => line['requestId'] === requestId)

it('When the routes are walked, then each that changes something has its story here', () => {
  const routes = changingRoutes(createApp({ ...main.context, metrics: createMetrics('main-service') }))

  expect(routes.length).toBeGreaterThan(20)
  expect(routes.filter((name) => !(name in stories) && !silent.includes(name))).toEqual([])
})

it.each(Object.entries(stories))('When %s has changed something, then one line tells of it', async (name, story) => {
  const requestId = `story-${uuidv7()}`
  const isInternal = name.includes(' /internal')
  const from = isInternal
    ? { 'X-Client-Address': '203.0.113.9', 'X-Client-Agent': 'a phone', 'User-Agent': 'node' }
    : { 'User-Agent': 'a phone' }
  const as =
    (client: Client): Send =>
    (method, path, body) =>
      client.send(method, path, body, { ...from, ...anyVersion, 'X-Request-Id': requestId })

  const { answer, told } = await story(as(admin), as)

  if (answer.status >= 300) throw new Error(`It answered ${answer.status}: ${answer.text}`)
  const lines = await linesOf(requestId)
  expect(lines).toEqual([
    {
      actor: user(admin.id),
      ...told,
      ...whatIsTold(told.action),
      address: isInternal ? '203.0.113.9' : expect.stringContaining('127.0.0.1'),
      userAgent: 'a phone',
      requestId,
    },
  ])
})

it('When a change is refused or comes to nothing, then no line tells of it', async () => {
  const id = await registered()
  const roleId = await makeRole(['jobs:read'])
  const before = (await trail()).length
  const clerk = main.holding('users:update', 'roles:write', 'roles:assign')

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

it('When a spent refresh token comes back, then the end of its session is told, although the answer is a refusal', async () => {
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

it('When the whole trail is read, then no password, hash or token is in it', async () => {
  const text = JSON.stringify(await trail())

  expect(secrets.length).toBeGreaterThan(5)
  expect(secrets.filter((value) => text.includes(value))).toEqual([])
  expect(text).not.toMatch(/password_?hash|refresh_?token_?hash|argon2|eyJ[\w-]+\./i)
})
