import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { startMain, tokenHash, type Client, type MainUnderTest } from './main-under-test.ts'

const folder = mkdtempSync(join(tmpdir(), 'likeness-ways-around-'))
const features = join(folder, 'features.json')

let main: MainUnderTest
let admin: Client
/** Manages users and roles, and has no permission on media. */
let clerk: Client
const clerks = ['users:*', 'roles:*', 'permissions:*', 'jobs:read']
const anyVersion = { 'If-Match': '*' }

beforeAll(async () => {
  main = await startMain({ FEATURES_FILE: features })
  admin = await main.logInAdministrator()
  for (const name of clerks.filter((permission) => permission.endsWith('*'))) {
    await admin.send('post', '/permissions', { name })
  }
  await makeRole('clerk', clerks)
  clerk = await main.logIn(await makeUser('Clerk', ['clerk']))
})
afterAll(async () => {
  await main?.stop()
  rmSync(folder, { recursive: true })
})

async function makeRole(name: string, permissions: string[]): Promise<string> {
  const { status, body } = await admin.send('post', '/roles', { name, permissions })
  expect(status).toBe(201)
  return body.id
}

async function makeUser(name: string, roles: string[]): Promise<string> {
  const { id } = await main.register(name)
  expect((await admin.send('put', `/users/${id}/roles`, { roles })).status).toBe(200)
  return id
}

const roleId = async (name: string) =>
  (await admin.get('/roles?limit=200')).body.data.find((role: { name: string }) => role.name === name).id

/** All rows that determine rights, and the number of entries of the audit trail. */
const everything = () =>
  main.context.maindb.row(
    `SELECT (SELECT jsonb_agg(u ORDER BY u.id) FROM users u) AS users,
       (SELECT jsonb_agg(r ORDER BY r.id) FROM roles r) AS roles,
       (SELECT jsonb_agg(p ORDER BY p.id) FROM permissions p) AS permissions,
       (SELECT jsonb_agg(rp ORDER BY rp.role_id, rp.permission_id) FROM role_permissions rp) AS granted,
       (SELECT jsonb_agg(ur ORDER BY ur.user_id, ur.role_id) FROM user_roles ur) AS assigned,
       (SELECT count(*) FROM audit) AS entries`,
  )

const newSession = (userId: string) => ({ id: uuidv7(), userId, refreshTokenHash: tokenHash() })

type Attempt = [method: 'post' | 'put' | 'patch' | 'delete', path: string, body?: object]

async function expectRefused(client: Client, code: string, attempts: Attempt[]): Promise<void> {
  const before = await everything()
  for (const [method, path, body] of attempts) {
    const answer = await client.send(method, path, body, anyVersion)
    expect([method, path, body, answer.status, answer.body.code]).toEqual([method, path, body, 403, code])
  }
  expect(await everything()).toEqual(before)
}

describe('When callers grant permissions that they do not have', () => {
  it('then every route rejects it, for themselves and for others', async () => {
    const friend = await makeUser('Friend', ['user'])
    const mine = await roleId('clerk')
    await clerk.send('post', '/permissions', { name: '*:*' })

    await expectRefused(clerk, 'grant-exceeds-own', [
      ['post', '/roles', { name: 'gift', permissions: ['media:read'] }],
      ['post', '/roles', { name: 'gift', permissions: ['*:*'] }],
      ['post', '/roles', { name: 'gift', permissions: ['*'] }],
      ['put', `/roles/${mine}/permissions`, { permissions: [...clerks, 'media:read'] }],
      ['put', `/roles/${mine}/permissions`, { permissions: ['*'] }],
      ['post', '/users', { email: 'gift@example.com', name: 'Gift', roles: ['editor'] }],
      ['post', '/users', { email: 'gift@example.com', name: 'Gift', roles: ['user', 'admin'] }],
      ['post', '/users/invitations', { email: 'gift@example.com', roles: ['editor'] }],
      ['post', '/users/invitations', { email: 'gift@example.com', roles: ['user', 'admin'] }],
      ['post', `/users/${clerk.id}/roles/editor`],
      ['post', `/users/${clerk.id}/roles/admin`, { expiresAt: new Date(Date.now() + 60_000).toISOString() }],
      ['put', `/users/${clerk.id}/roles`, { roles: ['clerk', 'editor'] }],
    ])
    await expectRefused(main.withPermissions('roles:assign', 'tags:*', 'media:create', 'users:*'), 'user-exceeds-own', [
      ['post', `/users/${friend}/roles/editor`],
    ])
  })

  it('then a permission that a role has cannot be renamed', async () => {
    const { body } = await clerk.send('post', '/permissions', { name: 'shelves:tidy' })
    await admin.send('post', '/roles', { name: 'shelver', permissions: ['shelves:tidy'] })
    const { data } = (await clerk.get('/permissions?limit=200')).body
    const wildcard = data.find(({ name }: { name: string }) => name === '*')

    expect((await clerk.send('patch', `/permissions/${body.id}`, { name: 'media:write' })).body.code).toBe(
      'permission-in-use',
    )
    expect((await clerk.send('delete', `/permissions/${body.id}`)).body.code).toBe('permission-in-use')
    for (const method of ['patch', 'delete'] as const) {
      const answer = await clerk.send(method, `/permissions/${wildcard.id}`, { name: 'x:y' })
      expect(answer.body.code).toBe('permission-seeded')
    }
  })

  it('then two roles cannot swap their names', async () => {
    await makeRole('trainee', ['jobs:read'])
    const strong = await makeRole('photographer', ['media:*'])

    await expectRefused(clerk, 'grant-exceeds-own', [['patch', `/roles/${strong}`, { name: 'assistant' }]])
    expect((await clerk.send('patch', `/roles/${strong}`, { description: 'Takes pictures' }, anyVersion)).status).toBe(
      200,
    )
    expect(
      (await clerk.send('patch', `/roles/${await roleId('trainee')}`, { name: 'novice' }, anyVersion)).status,
    ).toBe(200)
  })

  it('then the role user is an exception only while registration is open', async () => {
    const newcomer = (email: string) => clerk.send('post', '/users', { email, name: 'Newcomer' })
    expect((await newcomer('open@example.com')).status).toBe(201)

    writeFileSync(features, JSON.stringify({ registration: { defaultValue: false } }))
    await eventually(async () => expect((await main.nobody.get('/features/registration')).body.value).toBe(false), {
      limitMs: 60_000,
    })

    expect((await newcomer('closed@example.com')).body.code).toBe('grant-exceeds-own')
    const invited = await clerk.send('post', '/users/invitations', { email: 'closed@example.com' })
    expect(invited.body.code).toBe('grant-exceeds-own')
    expect((await admin.send('post', '/users', { email: 'closed@example.com', name: 'Closed' })).status).toBe(201)
    writeFileSync(features, '{}')
    await eventually(async () => expect((await main.nobody.get('/features/registration')).body.value).toBe(true), {
      limitMs: 60_000,
    })
  })
})

describe('When callers change a user who has more permissions', () => {
  it('then every route rejects it', async () => {
    const victim = await makeUser('Victim', ['editor'])
    const gone = await makeUser('Gone', ['editor'])
    await admin.send('delete', `/users/${gone}`)
    const guest = { email: 'guest@example.com', roles: ['editor'] }
    const { body: invited } = await admin.send('post', '/users/invitations', guest)

    await expectRefused(clerk, 'user-exceeds-own', [
      ['post', '/users/invitations', { email: guest.email, roles: ['clerk'] }],
      ['delete', `/users/invitations/${invited.id}`],
      ['patch', `/users/${invited.userId}`, { email: 'taken-over@example.com' }],
      ['patch', `/users/${victim}`, { name: 'Changed' }],
      ['patch', `/users/${victim}`, { email: 'taken-over@example.com' }],
      ['patch', `/users/${admin.id}`, { email: 'taken-over@example.com' }],
      ['patch', `/users/${victim}`, { status: 'suspended' }],
      ['patch', `/users/${victim}`, { locale: 'de' }],
      ['delete', `/users/${victim}`],
      ['delete', `/users/${admin.id}`],
      ['put', `/users/${victim}/roles`, { roles: [] }],
      ['post', `/users/${victim}/roles/clerk`],
      ['delete', `/users/${victim}/roles/editor`],
      ['post', `/users/${gone}/restore`],
    ])
  })

  it('then an edit of a role of the user is rejected too: adding, removing, and deleting the role', async () => {
    const shared = await makeRole('shared', ['jobs:read', 'roles:read'])
    const victim = await makeUser('Sharing Victim', ['editor', 'shared'])
    const edit = `/roles/${shared}/permissions`
    await makeUser('Sharing Equal', ['shared'])

    await expectRefused(clerk, 'user-exceeds-own', [
      ['put', edit, { permissions: ['jobs:read'] }],
      ['put', edit, { permissions: ['jobs:read', 'roles:read', 'users:update'] }],
      ['delete', `/roles/${shared}?force=true`],
    ])
    // This edit changes no permission of the user, because another role grants the same.
    const same = await clerk.send('put', edit, { permissions: ['jobs:read', 'roles:read', 'users:read'] }, anyVersion)
    expect(same.status).toBe(200)

    await admin.send('delete', `/users/${victim}/roles/shared`)
    expect((await clerk.send('put', edit, { permissions: ['jobs:read'] }, anyVersion)).status).toBe(200)
  })

  it('then a deleted user counts too, because a restore would bring other rights', async () => {
    const lent = await makeRole('lent', ['jobs:read'])
    const gone = await makeUser('Lent And Gone', ['editor', 'lent'])
    await admin.send('delete', `/users/${gone}`)

    await expectRefused(clerk, 'user-exceeds-own', [
      ['delete', `/roles/${lent}`],
      ['put', `/roles/${lent}/permissions`, { permissions: [] }],
    ])
    expect((await admin.send('delete', `/roles/${lent}`)).status).toBe(204)
  })

  it('then callers can still edit their own roles, if they have the changed permissions', async () => {
    const own = await makeRole('own', ['jobs:read', ...clerks])
    const me = await main.logIn(await makeUser('Self', ['own', 'user']))

    const answer = await me.send('put', `/roles/${own}/permissions`, { permissions: clerks.slice(0, 3) }, anyVersion)

    expect(answer.status).toBe(200)
  })
})

describe('When an API key has fewer permissions than its creator', () => {
  it('then it cannot change its creator', async () => {
    const role = await makeRole('held by the creator', ['jobs:read'])
    await admin.send('post', `/users/${admin.id}/roles/held by the creator`)
    // The token of a key, as auth-service issues it: the permissions of the key, and the other claims of its creator.
    const claims = (await main.auth.send('post', '/sessions', newSession(admin.id))).body.claims
    const permissions = ['users:update', 'users:delete', 'roles:assign', 'roles:write', 'jobs:read']
    const key = main.as(admin.id, { ...claims, sid: undefined, key: uuidv7(), permissions })

    await expectRefused(key, 'user-exceeds-own', [
      ['patch', `/users/${admin.id}`, { email: 'taken-over@example.com' }],
      ['delete', `/users/${admin.id}`],
      ['put', `/users/${admin.id}/roles`, { roles: [] }],
      ['delete', `/users/${admin.id}/roles/held by the creator`],
    ])
    await main.context.maindb.rows('DELETE FROM user_roles WHERE role_id = :role', { role })
    admin = await main.logIn(admin.id)
  })

  it('then it cannot change rights after it was revoked', async () => {
    const { body } = await admin.send('post', '/api-keys', { name: 'to be revoked', permissions: ['roles:write'] })
    const { claims } = (await main.auth.send('post', '/sessions', newSession(admin.id))).body
    const revoked = main.as(admin.id, { ...claims, sid: undefined, key: body.id, permissions: ['roles:write'] })
    await admin.send('delete', `/api-keys/${body.id}`)

    const answer = await revoked.send('post', '/roles', { name: 'too late' })

    expect([answer.status, answer.body.code]).toEqual([401, expect.stringMatching(/^(token-stale|key-revoked)$/)])
  })
})

describe('When a user has the permission to delete own rows', () => {
  it('then it does not allow deleting their own account, which requires the password', async () => {
    const me = main.as((await main.register('Own Enemy')).id, { permissions: ['*:*:own'] })

    await expectRefused(me, 'forbidden', [
      ['delete', `/users/${me.id}`],
      ['post', `/users/${me.id}/restore`],
    ])
  })
})

describe('When a user has a permission for a limited time', () => {
  it('then the user cannot add it to the role user, even if nobody has this role, because new users get it', async () => {
    const deputyId = await makeUser('Early Deputy', [])
    const expiresAt = new Date(Date.now() + 600_000).toISOString()
    await admin.send('post', `/users/${deputyId}/roles/admin`, { expiresAt })
    const deputy = await main.logIn(deputyId)
    const { permissions } = (await admin.get(`/roles/${await roleId('user')}`)).body
    const holders = await main.context.maindb.rows<{ user_id: string }>(
      `DELETE FROM user_roles WHERE role_id = (SELECT id FROM roles WHERE name = 'user') RETURNING user_id`,
    )
    await expectRefused(deputy, 'grant-exceeds-own', [
      ['put', `/roles/${await roleId('user')}/permissions`, { permissions: [...permissions, 'jobs:read'] }],
    ])
    for (const { user_id: id } of holders) await admin.send('post', `/users/${id}/roles/user`)
    admin = await main.logIn(admin.id)
  })

  it('then the user cannot grant it for longer, on any route', async () => {
    const friend = await makeUser('Accomplice', ['user'])
    const role = await makeRole('vessel', ['jobs:read'])
    await admin.send('post', `/users/${friend}/roles/vessel`)
    const deputyId = await makeUser('Deputy', ['user'])
    const in10Minutes = new Date(Date.now() + 600_000).toISOString()
    const in20Minutes = new Date(Date.now() + 1_200_000).toISOString()
    await admin.send('post', `/users/${deputyId}/roles/admin`, { expiresAt: in10Minutes })
    const deputy = await main.logIn(deputyId)

    await expectRefused(deputy, 'grant-exceeds-own', [
      ['post', `/users/${deputyId}/roles/admin`],
      ['post', `/users/${deputyId}/roles/admin`, { expiresAt: in20Minutes }],
      ['post', `/users/${friend}/roles/admin`],
      ['put', `/users/${friend}/roles`, { roles: ['admin'] }],
      ['post', '/users', { email: 'heir@example.com', name: 'Heir', roles: ['admin'] }],
      ['put', `/roles/${role}/permissions`, { permissions: ['jobs:read', '*'] }],
      ['post', '/users/invitations', { email: 'heir@example.com', roles: ['admin'] }],
    ])

    const { status, body } = await deputy.send('post', `/users/${friend}/roles/admin`, { expiresAt: in10Minutes })
    expect([status, body.roles]).toEqual([200, ['admin', 'user', 'vessel']])
    // Permissions without expiry can be granted without expiry.
    expect((await main.logIn(deputyId).then((again) => again.send('post', `/users/${friend}/roles/user`))).status).toBe(
      200,
    )
  })
})
