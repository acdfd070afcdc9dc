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

describe('making users', () => {
  it('When an administrator makes a user without a password, then they are invited, with the role user', async () => {
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
    'When the address is %j, then it is refused, here as at registration',
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

  it('When the same request comes twice with one Idempotency-Key, then there is one user', async () => {
    const body = { email: 'once@example.com', name: 'Once' }
    const headers = { 'Idempotency-Key': 'make-once' }

    const first = await admin.send('post', '/users', body, headers)
    const second = await admin.send('post', '/users', body, headers)

    expect(second.status).toBe(201)
    expect(second.body).toEqual(first.body)
  })

  it('When a role or a field is unknown, then 422 names its place', async () => {
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

  it('When the maker does not hold what a role gives, then nothing is made', async () => {
    const maker = main.holding('users:create', 'media:read')

    const answer = await maker.send('post', '/users', { email: 'y@example.com', name: 'Y', roles: ['admin'] })

    expect(answer.status).toBe(403)
    expect(answer.body.code).toBe('grant-exceeds-own')
    expect((await admin.get('/users?q=y@example.com')).body.data).toEqual([])
  })
})

describe('listing users', () => {
  it('When the list is longer than a page, then the cursors lead through all of it, each user once', async () => {
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

  it('When a filter is given, then only who it fits is listed', async () => {
    const names = async (query: string) =>
      (await admin.get(`/users?${query}`)).body.data.map(({ name }: { name: string }) => name)

    expect(await names('role=admin')).toEqual(['Administrator'])
    expect(await names('status=suspended')).toEqual([])
    expect(await names('q=100%25')).toEqual([])
  })

  it('When somebody may only see themselves, then the list has one user, and others are 404', async () => {
    const { id } = await main.register('Only Me')
    const me = await main.logIn(id)

    const list = await me.get('/users')

    expect(list.body.data.map((user: { id: string }) => user.id)).toEqual([id])
    expect((await me.get(`/users/${admin.id}`)).status).toBe(404)
    expect((await me.get(`/users/${id}`)).status).toBe(200)
  })
})

describe('oneself', () => {
  it('When I change my name and language, then I read them; address and status are not mine to change', async () => {
    const { id } = await main.register('Before')
    const me = await main.logIn(id)

    const changed = await me.send('patch', '/users/me', { name: 'After', locale: 'de-ch' })

    expect(changed.status).toBe(200)
    expect((await me.get('/users/me')).body).toMatchObject({ id, name: 'After', locale: 'de-CH' })
    expect((await me.send('patch', '/users/me', { email: 'new@example.com' })).status).toBe(422)
    expect((await me.send('patch', `/users/${id}`, { email: 'new@example.com' })).status).toBe(403)
  })

  it('When there is no token, then it is 401 with a challenge', async () => {
    const answer = await main.nobody.get('/users/me')

    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error=/)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  })
})

describe('changing users', () => {
  it('When somebody else was faster, then If-Match refuses with 412', async () => {
    const { id } = await main.register('Contended')
    const { headers } = await admin.get(`/users/${id}`)
    const ifMatch = { 'If-Match': headers['etag'] }

    expect((await admin.send('patch', `/users/${id}`, { name: 'First' }, ifMatch)).status).toBe(200)
    expect((await admin.send('patch', `/users/${id}`, { name: 'Second' }, ifMatch)).status).toBe(412)
    expect((await admin.get(`/users/${id}`)).body.name).toBe('First')
  })

  it('When a user is suspended, then their sessions end and they cannot log in', async () => {
    const { id } = await main.register('Suspended')
    await main.logIn(id)

    await admin.send('patch', `/users/${id}`, { status: 'suspended' })

    expect((await main.auth.get(`/users/${id}/sessions`)).body.data).toEqual([])
    const login = { id: uuidv7(), userId: id, refreshTokenHash: 'f'.repeat(64) }
    expect((await main.auth.send('post', '/sessions', login)).body.code).toBe('account-suspended')
  })

  it('When a user is deleted, then they are gone with their sessions, and a restore brings them back', async () => {
    const { id, email } = await main.register('Deleted')
    await main.logIn(id)

    expect((await admin.send('delete', `/users/${id}`)).status).toBe(204)

    expect((await admin.get(`/users/${id}`)).status).toBe(404)
    expect((await main.auth.get(`/users/${id}/sessions`)).body.data).toEqual([])
    const restored = await admin.send('post', `/users/${id}/restore`)
    expect(restored.body).toMatchObject({ id, email, roles: ['user'], status: 'active' })
  })

  it('When the address of a deleted user was given away, then they cannot be restored', async () => {
    const { id } = await main.register('Replaced')
    await admin.send('delete', `/users/${id}`)
    await main.register('Replaced')

    expect((await admin.send('post', `/users/${id}/restore`)).body.code).toBe('email-taken')
  })

  it('When a user holds more than the caller, then the caller can neither change nor delete them', async () => {
    const { id } = await main.register('Powerful')
    await admin.send('put', `/users/${id}/roles`, { roles: ['editor'] })
    const clerk = main.holding('users:read', 'users:update', 'users:delete')

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

describe('giving roles', () => {
  it('When roles are set, then the rights of the next token are theirs, and older tokens are told apart by the epoch', async () => {
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

  it('When a role was given for a while, then it ends by itself', async () => {
    const { id } = await main.register('Temporary')
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString()

    const given = await admin.send('post', `/users/${id}/roles/editor`, { expiresAt: inAnHour })
    expect(given.body.roles).toEqual(['editor', 'user'])
    await main.endLimitedRoles(id)

    expect((await admin.get(`/users/${id}`)).body.roles).toEqual(['user'])
    expect((await admin.send('delete', `/users/${id}/roles/editor`)).status).toBe(404)
  })

  it('When the giver does not hold what the role gives, then it is not given', async () => {
    const { id } = await main.register('Friend')
    const giver = main.holding('roles:assign', 'media:*', 'tags:*', 'users:read', 'users:update')

    expect((await giver.send('post', `/users/${id}/roles/editor`)).status).toBe(200)
    expect((await giver.send('post', `/users/${id}/roles/admin`)).body.code).toBe('grant-exceeds-own')
    expect((await giver.send('post', `/users/${admin.id}/roles/user`)).body.code).toBe('user-exceeds-own')
    expect((await giver.send('post', `/users/${id}/roles/nothing`)).status).toBe(404)
  })
})

describe('the last administrator', () => {
  it('When they would be deleted, suspended, demoted or made temporary, then it is refused', async () => {
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

  it('When two administrators delete each other at once, then one is left', async () => {
    const { id } = await main.register('Second Admin')
    await admin.send('put', `/users/${id}/roles`, { roles: ['admin'] })
    const second = await main.logIn(id)

    const answers = await Promise.all([
      admin.send('delete', `/users/${id}`),
      second.send('delete', `/users/${admin.id}`),
    ])

    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409])
    // The tests go on with the first, whose rights have changed if it was they who were deleted.
    await second.send('post', `/users/${admin.id}/restore`)
    admin = await main.logIn(admin.id)
    expect((await main.holding('*').get('/users?role=admin')).body.data.length).toBeGreaterThan(0)
  })
})

it('When the media of somebody are asked for who is not there, then it is they who are not found', async () => {
  const answer = await main.holding('*').get(`/users/${uuidv7()}/media`)

  expect([answer.status, answer.body.code]).toEqual([404, 'not-found'])
})
