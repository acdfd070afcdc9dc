import type { Response } from 'supertest'
import { uuidv7 } from 'uuidv7'

import { replaceToken } from '../src/invitation-links/invitation-rows.ts'
import { tokenHash, type Client, type MainUnderTest } from './main-under-test.ts'

/** The service in which the stories run. The test sets it after the start. */
export const world = {
  /** Values that the audit trail must not contain. */
  secrets: [] as string[],
} as { main: MainUnderTest; admin: Client; secrets: string[] }

const secret = (value: string) => {
  world.secrets.push(value)
  return value
}

interface ExpectedEntry {
  action: string
  /** Default: the administrator. */
  actor?: { type: string; id: string }
  target: { type: string; id: string }
}

export type Send = (method: 'post' | 'put' | 'patch' | 'delete', path: string, body?: object) => Promise<Response>

/** Creates the rows that it needs, sends one request, and returns the expected entry of the audit trail. */
type Story = (send: Send, as: (client: Client) => Send) => Promise<{ answer: Response; expected: ExpectedEntry }>

export const registered = async () => (await world.main.register(`Somebody ${uuidv7()}`)).id
export const user = (id: string) => ({ type: 'user', id })

export async function makeRole(permissions: string[] = []): Promise<string> {
  const { body } = await world.admin.send('post', '/roles', { name: `role ${uuidv7()}`, permissions })
  return body.id
}

async function makePermission(): Promise<string> {
  const name = `things:a${uuidv7().replaceAll('-', '')}`
  return (await world.admin.send('post', '/permissions', { name })).body.id
}

export async function openSession(): Promise<{ userId: string; id: string; first: string }> {
  const [userId, id, first] = [await registered(), uuidv7(), secret(tokenHash())]
  await world.main.auth.send('post', '/sessions', { id, userId, refreshTokenHash: first })
  return { userId, id, first }
}

export const session = (id: string) => ({ type: 'session', id })

/** By route, with the names of `changingRoutes`. */
export const stories: Record<string, Story> = {
  'POST /api/v1/users': async (send) => {
    const password = secret('a password to be kept')
    const answer = await send('post', '/users', { email: `${uuidv7()}@example.com`, name: 'Made', password })
    return { answer, expected: { action: 'user.created', target: user(answer.body.id) } }
  },
  'PATCH /api/v1/users/:id': async (send) => {
    const id = await registered()
    const answer = await send('patch', `/users/${id}`, { email: `${uuidv7()}@example.com`, status: 'suspended' })
    return { answer, expected: { action: 'user.updated', target: user(id) } }
  },
  'DELETE /api/v1/users/:id': async (send) => {
    const id = await registered()
    await world.main.logIn(id)
    return { answer: await send('delete', `/users/${id}`), expected: { action: 'user.deleted', target: user(id) } }
  },
  'POST /api/v1/users/:id/restore': async (send) => {
    const id = await registered()
    await world.admin.send('delete', `/users/${id}`)
    return {
      answer: await send('post', `/users/${id}/restore`),
      expected: { action: 'user.restored', target: user(id) },
    }
  },
  'PATCH /api/v1/users/me': async (_send, as) => {
    const me = await world.main.logIn(await registered())
    const answer = await as(me)('patch', '/users/me', { name: 'Myself' })
    return { answer, expected: { action: 'user.updated', actor: user(me.id), target: user(me.id) } }
  },
  'DELETE /api/v1/users/me': async (_send, as) => {
    const password = secret('my own long password')
    const { body } = await world.admin.send('post', '/users', {
      email: `${uuidv7()}@example.com`,
      name: 'Me',
      password,
    })
    const me = await world.main.logIn(body.id)
    const answer = await as(me)('delete', '/users/me', { password })
    return { answer, expected: { action: 'user.deleted', actor: user(me.id), target: user(me.id) } }
  },
  'DELETE /api/v1/users/:id/avatar': async (send) => {
    const id = await registered()
    await world.main.context.maindb.rows('UPDATE users SET avatar_media_id = :id WHERE id = :id', { id })
    const answer = await send('delete', `/users/${id}/avatar`)
    return { answer, expected: { action: 'user.avatar-changed', target: user(id) } }
  },
  'PUT /api/v1/users/:id/roles': async (send) => {
    const id = await registered()
    const answer = await send('put', `/users/${id}/roles`, { roles: ['editor'] })
    return { answer, expected: { action: 'user.roles-changed', target: user(id) } }
  },
  'POST /api/v1/users/:id/roles/:role': async (send) => {
    const id = await registered()
    const answer = await send('post', `/users/${id}/roles/editor`, { expiresAt: '2999-01-01T00:00:00Z' })
    return { answer, expected: { action: 'user.roles-changed', target: user(id) } }
  },
  'DELETE /api/v1/users/:id/roles/:role': async (send) => {
    const id = await registered()
    const answer = await send('delete', `/users/${id}/roles/user`)
    return { answer, expected: { action: 'user.roles-changed', target: user(id) } }
  },
  'POST /api/v1/users/invitations': async (send) => {
    const answer = await send('post', '/users/invitations', { email: `${uuidv7()}@example.com` })
    return { answer, expected: { action: 'user.invited', target: user(answer.body.userId) } }
  },
  'DELETE /api/v1/users/invitations/:id': async (send) => {
    const { body } = await world.admin.send('post', '/users/invitations', { email: `${uuidv7()}@example.com` })
    const answer = await send('delete', `/users/invitations/${body.id}`)
    return { answer, expected: { action: 'invitation.revoked', target: user(body.userId) } }
  },
  'POST /api/v1/roles': async (send) => {
    const answer = await send('post', '/roles', { name: `role ${uuidv7()}` })
    return { answer, expected: { action: 'role.created', target: { type: 'role', id: answer.body.id } } }
  },
  'PATCH /api/v1/roles/:id': async (send) => {
    const id = await makeRole()
    const answer = await send('patch', `/roles/${id}`, { description: 'Another' })
    return { answer, expected: { action: 'role.updated', target: { type: 'role', id } } }
  },
  'PUT /api/v1/roles/:id/permissions': async (send) => {
    const id = await makeRole()
    const answer = await send('put', `/roles/${id}/permissions`, { permissions: ['jobs:read'] })
    return { answer, expected: { action: 'role.permissions-changed', target: { type: 'role', id } } }
  },
  'DELETE /api/v1/roles/:id': async (send) => {
    const id = await makeRole()
    return {
      answer: await send('delete', `/roles/${id}`),
      expected: { action: 'role.deleted', target: { type: 'role', id } },
    }
  },
  'POST /api/v1/permissions': async (send) => {
    const answer = await send('post', '/permissions', { name: 'things:created' })
    return { answer, expected: { action: 'permission.created', target: { type: 'permission', id: answer.body.id } } }
  },
  'PATCH /api/v1/permissions/:id': async (send) => {
    const id = await makePermission()
    const answer = await send('patch', `/permissions/${id}`, { description: 'Another' })
    return { answer, expected: { action: 'permission.updated', target: { type: 'permission', id } } }
  },
  'DELETE /api/v1/permissions/:id': async (send) => {
    const id = await makePermission()
    const answer = await send('delete', `/permissions/${id}`)
    return { answer, expected: { action: 'permission.deleted', target: { type: 'permission', id } } }
  },
  'POST /api/v1/api-keys': async (send) => {
    const answer = await send('post', '/api-keys', { name: 'a machine', permissions: ['users:read'] })
    secret(answer.body.key)
    return { answer, expected: { action: 'api-key.created', target: { type: 'api-key', id: answer.body.id } } }
  },
  'DELETE /api/v1/api-keys/:id': async (send) => {
    const { body } = await world.admin.send('post', '/api-keys', { name: 'a machine', permissions: ['users:read'] })
    secret(body.key)
    const answer = await send('delete', `/api-keys/${body.id}`)
    return { answer, expected: { action: 'api-key.revoked', target: { type: 'api-key', id: body.id } } }
  },

  'POST /internal/users': async (_send, as) => {
    const passwordHash = secret('$argon2id$v=19$a-hash-to-be-kept')
    const answer = await as(world.main.auth)('post', '/users', {
      email: `${uuidv7()}@example.com`,
      name: 'New',
      passwordHash,
    })
    const them = user(answer.body.userId)
    return { answer, expected: { action: 'user.registered', actor: them, target: them } }
  },
  'POST /internal/invitations/accept': async (_send, as) => {
    const { body } = await world.admin.send('post', '/users/invitations', { email: `${uuidv7()}@example.com` })
    const sent = { tokenHash: secret(tokenHash()), passwordHash: secret('$argon2id$v=19$an-invited-hash') }
    await world.main.context.maindb.transaction((sql) => replaceToken(sql, body.id, sent.tokenHash, 7))
    const answer = await as(world.main.auth)('post', '/invitations/accept', sent)
    const them = user(body.userId)
    return { answer, expected: { action: 'invitation.accepted', actor: them, target: them } }
  },
  'PUT /internal/users/:id/password': async (_send, as) => {
    const id = await registered()
    const passwordHash = secret('$argon2id$v=19$another-hash-to-be-kept')
    const answer = await as(world.main.auth)('put', `/users/${id}/password`, { passwordHash })
    return { answer, expected: { action: 'user.password-changed', actor: user(id), target: user(id) } }
  },
  'POST /internal/sessions': async (_send, as) => {
    const [userId, id] = [await registered(), uuidv7()]
    const body = { id, userId, refreshTokenHash: secret(tokenHash()), device: 'a phone' }
    const answer = await as(world.main.auth)('post', '/sessions', body)
    return { answer, expected: { action: 'session.opened', actor: user(userId), target: session(id) } }
  },
  'DELETE /internal/sessions/:id': async (_send, as) => {
    const { userId, id } = await openSession()
    const answer = await as(world.main.auth)('delete', `/sessions/${id}`)
    return { answer, expected: { action: 'session.ended', actor: user(userId), target: session(id) } }
  },
  'DELETE /internal/users/:id/sessions': async (_send, as) => {
    const { userId } = await openSession()
    const answer = await as(world.main.auth)('delete', `/users/${userId}/sessions`)
    return { answer, expected: { action: 'session.ended', actor: user(userId), target: user(userId) } }
  },
  'DELETE /internal/users/:id/sessions/:sessionId': async (_send, as) => {
    const { userId, id } = await openSession()
    const answer = await as(world.main.auth)('delete', `/users/${userId}/sessions/${id}`)
    return { answer, expected: { action: 'session.ended', actor: user(userId), target: session(id) } }
  },
}
