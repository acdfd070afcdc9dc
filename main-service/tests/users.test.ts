import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { uuidv7 } from 'uuidv7'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

describe('creating users', () => {
  it('When an administrator creates a user without a password, then the user is invited and has the role user', async () => {
    const answer = await admin.send('post', '/users', { email: ' Grace@Example.com ', name: 'Grace' })

    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      id: expect.any(String),
      email: 'Grace@Example.com',
      name: 'Grace',
      status: 'invited',
      roles: ['user'],
      profile: {},
      avatar: null,
      locale: null,
      emailVerifiedAt: null,
      mfaEnabled: false,
      lastLoginAt: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    })
    expect(answer.headers['location']).toBe(`/api/v1/users/${answer.body.id}`)
    expect((await admin.get(`/users/${answer.body.id}`)).body).toEqual(answer.body)
  })

  it.each(['ada', 'ada@', 'ada@localhost', 'ada@example..com', 'a da@example.com', `ada@${'ä'.repeat(125)}.com`])(
    'When the address is %j, then it is rejected, as in a registration',
    async (email) => {
      const made = await admin.send('post', '/users', { email, name: 'Ada' })
      const registered = await main.auth.send('post', '/users', { email, name: 'Ada', passwordHash: 'a hash' })

      expect([made.status, made.body.errors[0].path]).toEqual([422, 'body.email'])
      expect([registered.status, registered.body.errors]).toEqual([422, made.body.errors])
    },
  )

  it('When the address differs only in case or in width, then it is taken', async () => {
    await main.register('Ada')

    const answer = await admin.send('post', '/users', { email: 'ＡＤＡ@EXAMPLE.COM', name: 'Other' })

    expect(answer.status).toBe(409)
    expect(answer.body.code).toBe('email-taken')
  })

  it('When a request is repeated with the same Idempotency-Key, then there is one user', async () => {
    const body = { email: 'once@example.com', name: 'Once' }
    const headers = { 'Idempotency-Key': 'make-once' }

    const first = await admin.send('post', '/users', body, headers)
    const second = await admin.send('post', '/users', body, headers)

    expect(second.status).toBe(201)
    expect(second.body).toEqual(first.body)
  })

  it('When a role or a field is unknown, then the answer is 422 with its path', async () => {
    const unknownRole = await admin.send('post', '/users', {
      email: 'x@example.com',
      name: 'X',
      roles: ['user', 'boss'],
    })
    const unknownField = await admin.send('post', '/users', { email: 'x@example.com', name: 'X', isAdmin: true })

    expect(unknownRole.status).toBe(422)
    expect(unknownRole.body.errors[0].path).toBe('body.roles.1')
    expect(unknownField.body.errors[0].path).toBe('body.isAdmin')
  })

  it('When the caller does not have the permissions of a role, then no user is created', async () => {
    const clerk = main.withPermissions('users:create', 'media:read')

    const answer = await clerk.send('post', '/users', { email: 'y@example.com', name: 'Y', roles: ['admin'] })

    expect(answer.status).toBe(403)
    expect(answer.body.code).toBe('grant-exceeds-own')
    expect((await admin.get('/users?q=y@example.com')).body.data).toEqual([])
  })
})

describe('listing users', () => {
  it('When there are several pages, then they contain each user once', async () => {
    for (let index = 0; index < 5; index++) await main.register(`Listed ${index}`)
    const seen: string[] = []
    let path: string | undefined = '/users?q=listed&sort=name&limit=2&count=true'

    while (path) {
      const { body, headers } = await admin.get(path)
      seen.push(...body.data.map(({ name }: { name: string }) => name))
      expect(body.page.total).toBe(5)
      path = /<\/api\/v1(.+)>/.exec(headers['link'] ?? '')?.[1]
    }

    expect(seen).toEqual([0, 1, 2, 3, 4].map((index) => `Listed ${index}`))
  })

  it('When a filter is given, then only the matching users are listed', async () => {
    const names = async (query: string) =>
      (await admin.get(`/users?${query}`)).body.data.map(({ name }: { name: string }) => name)

    expect(await names('role=admin')).toEqual(['Administrator'])
    expect(await names('status=suspended')).toEqual([])
    expect(await names('q=100%25')).toEqual([])
  })

  it('When the caller can only read their own user, then the list has one user, and others are 404', async () => {
    const { id } = await main.register('Only Me')
    const me = await main.logIn(id)

    const list = await me.get('/users')

    expect(list.body.data.map((user: { id: string }) => user.id)).toEqual([id])
    expect((await me.get(`/users/${admin.id}`)).status).toBe(404)
    expect((await me.get(`/users/${id}`)).status).toBe(200)
  })
})

describe('the current user', () => {
  it('When users change their own name and language, then it succeeds; they cannot change their address', async () => {
    const { id } = await main.register('Before')
    const me = await main.logIn(id)

    const changed = await me.send('patch', '/users/me', { name: 'After', locale: 'de-ch' })

    expect(changed.status).toBe(200)
    expect((await me.get('/users/me')).body).toMatchObject({ id, name: 'After', locale: 'de-CH' })
    expect((await me.send('patch', '/users/me', { email: 'new@example.com' })).status).toBe(422)
    expect((await me.send('patch', `/users/${id}`, { email: 'new@example.com' })).status).toBe(403)
  })

  it('When there is no token, then the answer is 401 with WWW-Authenticate', async () => {
    const answer = await main.nobody.get('/users/me')

    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error=/)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  })
})

describe('changing users', () => {
  it('When the user was changed in the meantime, then If-Match leads to 412', async () => {
    const { id } = await main.register('Contended')
    const { headers } = await admin.get(`/users/${id}`)
    const ifMatch = { 'If-Match': headers['etag'] }

    expect((await admin.send('patch', `/users/${id}`, { name: 'First' }, ifMatch)).status).toBe(200)
    expect((await admin.send('patch', `/users/${id}`, { name: 'Second' }, ifMatch)).status).toBe(412)
    expect((await admin.get(`/users/${id}`)).body.name).toBe('First')
  })

  it('When a user is suspended, then all sessions end, and no new one can be opened', async () => {
    const { id } = await main.register('Suspended')
    await main.logIn(id)

    await admin.send('patch', `/users/${id}`, { status: 'suspended' })

    expect((await main.auth.get(`/users/${id}/sessions`)).body.data).toEqual([])
    const login = { id: uuidv7(), userId: id, refreshTokenHash: 'f'.repeat(64) }
    expect((await main.auth.send('post', '/sessions', login)).body.code).toBe('account-suspended')
  })

  it('When a user is deleted, then all sessions end, and the user can be restored', async () => {
    const { id, email } = await main.register('Deleted')
    await main.logIn(id)

    expect((await admin.send('delete', `/users/${id}`)).status).toBe(204)

    expect((await admin.get(`/users/${id}`)).status).toBe(404)
    expect((await main.auth.get(`/users/${id}/sessions`)).body.data).toEqual([])
    const restored = await admin.send('post', `/users/${id}/restore`)
    expect(restored.body).toMatchObject({ id, email, roles: ['user'], status: 'active' })
  })

  it('When another user has the address of a deleted user, then the deleted user cannot be restored', async () => {
    const { id } = await main.register('Replaced')
    await admin.send('delete', `/users/${id}`)
    await main.register('Replaced')

    expect((await admin.send('post', `/users/${id}/restore`)).body.code).toBe('email-taken')
  })

  it('When a user has more permissions than the caller, then the caller can neither change nor delete the user', async () => {
    const { id } = await main.register('Powerful')
    await admin.send('put', `/users/${id}/roles`, { roles: ['editor'] })
    const clerk = main.withPermissions('users:read', 'users:update', 'users:delete')

    for (const [method, path, body] of [
      ['patch', `/users/${id}`, { name: 'Weak' }],
      ['patch', `/users/${id}`, { status: 'suspended' }],
      ['delete', `/users/${id}`, undefined],
    ] as const) {
      const answer = await clerk.send(method, path, body)
      expect([answer.status, answer.body.code]).toEqual([403, 'user-exceeds-own'])
    }
  })
})

describe('granting roles', () => {
  it('When roles are set, then the next token has their permissions and a higher epoch', async () => {
    const { id } = await main.register('Promoted')
    const identity = async () => {
      const session = { id: uuidv7(), userId: id, refreshTokenHash: uuidv7().replaceAll('-', '').repeat(2) }
      return (await main.auth.send('post', '/sessions', session)).body.claims
    }
    const before = await identity()

    const answer = await admin.send('put', `/users/${id}/roles`, { roles: ['editor'] })

    expect(answer.body.roles).toEqual(['editor'])
    const after = await identity()
    expect(after.permissions).toContain('media:*')
    expect(after.epoch).toBeGreaterThan(before.epoch)
  })

  it('When a grant has an expiry, then the user loses the role at this time', async () => {
    const { id } = await main.register('Temporary')
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString()

    const granted = await admin.send('post', `/users/${id}/roles/editor`, { expiresAt: inAnHour })
    expect(granted.body.roles).toEqual(['editor', 'user'])
    await main.endLimitedRoles(id)

    expect((await admin.get(`/users/${id}`)).body.roles).toEqual(['user'])
    expect((await admin.send('delete', `/users/${id}/roles/editor`)).status).toBe(404)
  })

  it('When the caller does not have the permissions of the role, then it is not granted', async () => {
    const { id } = await main.register('Friend')
    const giver = main.withPermissions('roles:assign', 'media:*', 'tags:*', 'users:read', 'users:update')

    expect((await giver.send('post', `/users/${id}/roles/editor`)).status).toBe(200)
    expect((await giver.send('post', `/users/${id}/roles/admin`)).body.code).toBe('grant-exceeds-own')
    expect((await giver.send('post', `/users/${admin.id}/roles/user`)).body.code).toBe('user-exceeds-own')
    expect((await giver.send('post', `/users/${id}/roles/nothing`)).status).toBe(404)
  })
})

describe('the last administrator', () => {
  it('When they would be deleted, suspended, demoted or made temporary, then it is rejected', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    for (const [method, path, body] of [
      ['delete', '', undefined],
      ['patch', '', { status: 'suspended' }],
      ['put', '/roles', { roles: ['user'] }],
      ['delete', '/roles/admin', undefined],
      ['post', '/roles/admin', { expiresAt }],
    ] as const) {
      const answer = await admin.send(method, `/users/${admin.id}${path}`, body)
      expect([method, answer.status, answer.body.code]).toEqual([method, 409, 'last-admin'])
    }
  })

  it('When two administrators delete each other at once, then one remains', async () => {
    const { id } = await main.register('Second Admin')
    await admin.send('put', `/users/${id}/roles`, { roles: ['admin'] })
    const second = await main.logIn(id)

    const answers = await Promise.all([
      admin.send('delete', `/users/${id}`),
      second.send('delete', `/users/${admin.id}`),
    ])

    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409])
    // Other tests use the first administrator, who may have been deleted and restored with a new epoch.
    await second.send('post', `/users/${admin.id}/restore`)
    admin = await main.logIn(admin.id)
    expect((await main.withPermissions('*').get('/users?role=admin')).body.data.length).toBeGreaterThan(0)
  })
})

it('When the media of an unknown user are requested, then the answer is 404', async () => {
  const answer = await main.withPermissions('*').get(`/users/${uuidv7()}/media`)

  expect([answer.status, answer.body.code]).toEqual([404, 'not-found'])
})
