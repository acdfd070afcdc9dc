import { afterAll, beforeAll, expect, it } from '@jest/globals'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

const make = async (name: string, permissions: string[] = []) =>
  (await admin.send('post', '/roles', { name, permissions })).body

const etagOf = async (id: string) => ({ 'If-Match': (await admin.get(`/roles/${id}`)).headers['etag'] })

it('When a database is new, then it has the three seeded roles with their permissions', async () => {
  const { body } = await admin.get('/roles')

  const user = [
    'media:create',
    'media:delete:own',
    'media:read:own',
    'media:update:own',
    'tags:create',
    'tags:read',
    'users:read:own',
    'users:update:own',
  ]
  expect(
    body.data.map(({ name, permissions, seeded }: Record<string, unknown>) => ({ name, permissions, seeded })),
  ).toEqual([
    { name: 'admin', permissions: ['*'], seeded: true },
    { name: 'editor', permissions: [...user, 'media:*', 'tags:*', 'users:read'].toSorted(), seeded: true },
    { name: 'user', permissions: user, seeded: true },
    {
      name: 'viewer',
      permissions: ['media:read', 'tags:read', 'users:read:own', 'users:update:own'],
      seeded: true,
    },
  ])
})

it('When a role is created, then the answer contains it, and its name is taken', async () => {
  const answer = await admin.send('post', '/roles', {
    name: 'Archivist',
    description: 'Keeps order',
    permissions: ['tags:*', 'media:read'],
  })

  expect(answer.status).toBe(201)
  expect(answer.headers['location']).toBe(`/api/v1/roles/${answer.body.id}`)
  expect(answer.body).toEqual({
    id: expect.any(String),
    name: 'Archivist',
    description: 'Keeps order',
    permissions: ['media:read', 'tags:*'],
    seeded: false,
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  })
  expect((await admin.send('post', '/roles', { name: 'Archivist' })).body.code).toBe('role-name-taken')
})

it('When a change has no If-Match, then the answer is 428; with an old ETag, 412', async () => {
  const { id } = await make('matched')
  const read = await etagOf(id)

  expect((await admin.send('patch', `/roles/${id}`, { description: 'a' })).status).toBe(428)
  expect((await admin.send('put', `/roles/${id}/permissions`, { permissions: [] })).status).toBe(428)
  expect((await admin.send('patch', `/roles/${id}`, { description: 'a' }, read)).status).toBe(200)
  expect((await admin.send('patch', `/roles/${id}`, { description: 'b' }, read)).status).toBe(412)
})

it('When the permissions of a role change, then only the epoch of the role is incremented, not those of its users', async () => {
  const { id } = await make('changing', ['jobs:read'])
  const { id: userId } = await main.register('Changed')
  await admin.send('put', `/users/${userId}/roles`, { roles: ['changing'] })
  const epochs = () =>
    main.context.maindb.row(
      'SELECT r.epoch AS role, u.epoch AS user FROM roles r, users u WHERE r.id = :id AND u.id = :userId',
      {
        id,
        userId,
      },
    )
  const before = await epochs()

  const answer = await admin.send('put', `/roles/${id}/permissions`, { permissions: ['jobs:write'] }, await etagOf(id))

  expect(answer.body.permissions).toEqual(['jobs:write'])
  expect(before).toEqual({ role: 0, user: 1 })
  expect(await epochs()).toEqual({ role: 1, user: 1 })
})

it('When a permission is unknown, then the answer is 422 with its path', async () => {
  const { id } = await make('unknown')

  const answer = await admin.send(
    'put',
    `/roles/${id}/permissions`,
    { permissions: ['jobs:read', 'fly:high'] },
    await etagOf(id),
  )

  expect(answer.status).toBe(422)
  expect(answer.body.errors).toEqual([{ path: 'body.permissions.1', message: expect.any(String) }])
})

it('When the caller adds or removes a permission that they do not have, then it is rejected', async () => {
  const { id } = await make('guarded', ['jobs:write'])
  const clerk = main.withPermissions('roles:read', 'roles:write', 'jobs:read')
  const read = await etagOf(id)

  const given = await clerk.send('put', `/roles/${id}/permissions`, { permissions: ['jobs:write', '*'] }, read)
  const taken = await clerk.send('put', `/roles/${id}/permissions`, { permissions: [] }, read)
  const made = await clerk.send('post', '/roles', { name: 'own', permissions: ['media:*'] })

  for (const answer of [given, taken, made]) expect(answer.body.code).toBe('grant-exceeds-own')
})

it('When the role of the last administrator would lose *, then it is rejected', async () => {
  const { data } = (await admin.get('/roles')).body
  const { id } = data.find(({ name }: { name: string }) => name === 'admin')

  const answer = await admin.send('put', `/roles/${id}/permissions`, { permissions: ['users:*'] }, await etagOf(id))
  const known = await admin.send('put', `/roles/${id}/permissions`, { permissions: ['media:*'] }, await etagOf(id))

  expect(answer.status).toBe(422)
  expect(known.body.code).toBe('last-admin')
})

it('When a role is seeded, then it can be neither renamed nor deleted; when users have it, then force is required', async () => {
  const { data } = (await admin.get('/roles')).body
  const editor = data.find(({ name }: { name: string }) => name === 'editor')
  const { id } = await make('used')
  const { id: userId } = await main.register('Using')
  await admin.send('post', `/users/${userId}/roles/used`)

  expect((await admin.send('delete', `/roles/${editor.id}`)).body.code).toBe('role-seeded')
  expect((await admin.send('patch', `/roles/${editor.id}`, { name: 'x' }, await etagOf(editor.id))).body.code).toBe(
    'role-seeded',
  )
  expect((await admin.get(`/roles/${id}/users`)).body.data.map((user: { id: string }) => user.id)).toEqual([userId])
  expect((await admin.send('delete', `/roles/${id}`)).body.code).toBe('role-in-use')
  expect((await admin.send('delete', `/roles/${id}?force=true`)).status).toBe(204)
  expect((await admin.get(`/users/${userId}`)).body.roles).toEqual(['user'])
})

it('When the caller has only roles:read:own, then the answer is 403', async () => {
  expect((await main.withPermissions('roles:read:own').get('/roles')).status).toBe(403)
})
