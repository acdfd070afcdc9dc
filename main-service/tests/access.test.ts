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

const makeRole = async (name: string, permissions: string[]) => {
  const { status, body } = await admin.send('post', '/roles', { name, permissions })
  expect(status).toBe(201)
  return body
}

const makeUser = async (name: string, roles: string[]) => {
  const { id } = await main.register(name)
  expect((await admin.send('put', `/users/${id}/roles`, { roles })).status).toBe(200)
  return id
}

describe('GET /access/explain', () => {
  const explain = async (user: string, permission: string, owner?: string) => {
    const { status, body } = await admin.get(
      `/access/explain?user=${user}&permission=${permission}${owner ? `&owner=${owner}` : ''}`,
    )
    expect(status).toBe(200)
    return body
  }

  it('When a wildcard of a role includes the permission, then the role and the wildcard are the reason', async () => {
    const id = await makeUser('Edda', ['editor'])

    expect(await explain(id, 'media:update')).toEqual({
      allowed: true,
      reason: 'granted',
      detail: 'Edda has media:update for all rows: the role editor grants media:*.',
      rows: 'all',
      because: [{ role: 'editor', permission: 'media:*' }],
      missing: null,
      expired: [],
    })
    expect(await explain(admin.id, 'fly:high')).toMatchObject({ allowed: true, reason: 'granted' })
  })

  it('When a permission is limited to own rows, then the answer depends on the owner of the row', async () => {
    const id = await makeUser('Owen', ['user'])
    const because = [{ role: 'user', permission: 'media:update:own' }]

    const every = { allowed: false, reason: 'own-rows-only', because, missing: 'media:update' }
    const ofAll = await explain(id, 'media:update')
    expect(ofAll).toMatchObject({ ...every, rows: 'all' })
    expect(ofAll.detail).toMatch(new RegExp(`To ask about their own rows, add owner=${id} to the query\\.$`))
    expect(await explain(id, 'media:update', admin.id)).toMatchObject({ ...every, rows: 'of-others' })
    expect(await explain(id, 'media:update', id)).toMatchObject({
      allowed: true,
      reason: 'granted',
      rows: 'own',
      because,
      missing: null,
    })
  })

  it('When no role grants the permission, then the narrowest missing permission is returned, and an unknown one has another reason', async () => {
    const id = await makeUser('Nora', [])

    expect(await explain(id, 'media:read')).toMatchObject({
      allowed: false,
      reason: 'not-granted',
      because: [],
      missing: 'media:read',
    })
    expect(await explain(id, 'media:read', id)).toMatchObject({ reason: 'not-granted', missing: 'media:read:own' })
    expect(await explain(id, 'roles:read', id)).toMatchObject({ reason: 'not-granted', missing: 'roles:read' })
    expect(await explain(id, 'fly:high')).toMatchObject({ allowed: false, reason: 'no-such-permission' })
  })

  it('When a grant expires, then the explanation contains its expiry before and after', async () => {
    const id = await makeUser('Tess', ['user'])
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    await admin.send('post', `/users/${id}/roles/editor`, { expiresAt })

    expect(await explain(id, 'media:delete')).toMatchObject({
      allowed: true,
      because: [{ role: 'editor', permission: 'media:*', expiresAt }],
      expired: [],
    })
    const expiredAt = await main.endLimitedRoles(id)
    const over = await explain(id, 'media:delete')

    expect(over).toMatchObject({
      allowed: false,
      reason: 'grant-expired',
      because: [{ role: 'user', permission: 'media:delete:own' }],
      missing: 'media:delete',
      expired: [
        { role: 'editor', permission: 'media:*', expiredAt },
        { role: 'editor', permission: 'media:delete:own', expiredAt },
      ],
    })
    expect(over.detail).toContain(`the role editor until ${expiredAt}`)
  })

  it('When a user cannot sign in, then the status is the reason, regardless of the roles', async () => {
    const suspended = await makeUser('Sue', ['user'])
    await admin.send('patch', `/users/${suspended}`, { status: 'suspended' })
    const deleted = await makeUser('Dell', ['user'])
    await admin.send('delete', `/users/${deleted}`)
    const invited = (await admin.send('post', '/users', { email: 'inv@example.com', name: 'Inga' })).body.id

    for (const [id, reason] of [
      [suspended, 'user-suspended'],
      [deleted, 'user-deleted'],
      [invited, 'user-invited'],
    ]) {
      const because = [{ role: 'user', permission: 'tags:read' }]
      expect(await explain(id, 'tags:read')).toMatchObject({ allowed: false, reason, because, missing: null })
    }
  })

  it('When users ask about themselves, then no permission is required; about others, roles:read is required', async () => {
    const id = await makeUser('Ivy', ['user'])
    const me = await main.logIn(id)

    expect((await me.get('/access/explain?permission=media:read')).body.reason).toBe('own-rows-only')
    expect((await me.get(`/access/explain?permission=media:read&user=${id}`)).status).toBe(200)
    for (const client of [me, main.withPermissions('roles:read:own')]) {
      const refused = await client.get(`/access/explain?permission=media:read&user=${admin.id}`)
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    }
    expect((await main.nobody.get('/access/explain?permission=media:read')).status).toBe(401)
  })

  it('When a parameter is invalid, then the answer is 422 with its path; for an unknown user, 404', async () => {
    for (const permission of ['', '*', 'media:*', 'media:read:own', 'media', 'Media:read', "x:y'--", '\0']) {
      const { status, body } = await admin.get(`/access/explain?permission=${encodeURIComponent(permission)}`)
      expect([permission, status, body.errors?.[0].path]).toEqual([permission, 422, 'query.permission'])
    }
    expect((await admin.get('/access/explain?permission=a:b&user=me')).status).toBe(422)
    expect((await admin.get('/access/explain?permission=a:b&owner=1')).status).toBe(422)
    expect((await admin.get(`/access/explain?permission=a:b&user=${uuidv7()}`)).status).toBe(404)
  })
})

describe('POST /access/preview', () => {
  const preview = (client: Client, role: string, permissions: string[], query = '') =>
    client.send('post', `/access/preview${query}`, { role, permissions })

  it('When a role would change, then each affected user is listed with the gained and lost permissions', async () => {
    const role = await makeRole('curator', ['media:*', 'jobs:read'])
    const plain = await makeUser('Pia', ['curator'])
    const also = await makeUser('Quin', ['curator', 'editor'])
    const before = (await admin.get(`/roles/${role.id}`)).body

    const { status, body } = await preview(admin, 'curator', ['media:read', 'jobs:read', 'jobs:write'], '?sort=name')

    expect(status).toBe(200)
    expect(body.data).toEqual([
      {
        user: plain,
        email: 'pia@example.com',
        name: 'Pia',
        gains: ['jobs:write'],
        loses: ['media:*', 'media:create', 'media:delete', 'media:update'],
      },
      { user: also, email: 'quin@example.com', name: 'Quin', gains: ['jobs:write'], loses: [] },
    ])
    expect(body.summary).toEqual({
      users: 2,
      deletedUsers: 0,
      allowed: true,
      lastAdmin: false,
      grantExceedsOwn: [],
      userExceedsOwn: [],
    })
    expect((await admin.get(`/roles/${role.id}`)).body).toEqual(before)
  })

  it('When other roles grant the same, or the grant has expired, then the user is not listed', async () => {
    await makeRole('reader', ['media:read'])
    await makeUser('Rita', ['reader', 'editor'])
    const deleted = await makeUser('Rolf', ['reader'])
    await admin.send('delete', `/users/${deleted}`)
    const shortly = await makeUser('Ruth', [])
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    expect((await admin.send('post', `/users/${shortly}/roles/reader`, { expiresAt })).status).toBe(200)
    await main.endLimitedRoles(shortly)

    const { body } = await preview(admin, 'reader', [])

    expect(body.data).toEqual([])
    expect(body.summary).toMatchObject({ users: 0, deletedUsers: 1 })
  })

  it('When more users are affected than fit on a page, then the pages contain each of them once', async () => {
    const { id } = await makeRole('crowd', ['jobs:read'])
    const ids = []
    for (let index = 0; index < 5; index++) ids.push(await makeUser(`Crowd ${index}`, ['crowd']))
    const seen: string[] = []
    let query: string | undefined = '?limit=2&sort=name&count=true'

    while (query) {
      const { body, headers } = await preview(admin, id, [], query)
      seen.push(...body.data.map(({ user }: { user: string }) => user))
      expect([body.page.total, body.summary.users]).toEqual([5, 5])
      query = /<\/api\/v1\/access\/preview(.+)>/.exec(headers['link'] ?? '')?.[1]
    }

    expect(seen).toEqual(ids)
  })

  it('When the caller is not allowed to make the edit, then the summary has the reasons for which the edit is rejected', async () => {
    const role = await makeRole('guarded', ['jobs:read'])
    await makeUser('Gus', ['guarded', 'editor'])
    const clerk = main.withPermissions('roles:read', 'roles:write', 'jobs:read')
    const put = (permissions: string[]) =>
      clerk.send('put', `/roles/${role.id}/permissions`, { permissions }, { 'If-Match': '*' })

    const given = await preview(clerk, 'guarded', ['jobs:read', 'jobs:write'])
    const taken = await preview(clerk, 'guarded', [])
    const reader = await preview(main.withPermissions('roles:read', '*:*'), 'guarded', [])

    expect(given.body.summary).toMatchObject({ allowed: false, grantExceedsOwn: ['jobs:write'] })
    expect((await put(['jobs:read', 'jobs:write'])).body.code).toBe('grant-exceeds-own')
    expect(taken.body.summary).toMatchObject({ allowed: false, grantExceedsOwn: [] })
    expect(taken.body.summary.userExceedsOwn).toContain('media:*')
    expect((await put([])).body.code).toBe('user-exceeds-own')
    expect(reader.body.summary).toMatchObject({ allowed: true, userExceedsOwn: [] })
    expect((await preview(main.withPermissions('roles:read', 'jobs:*'), 'guarded', [])).body.summary.allowed).toBe(
      false,
    )
  })

  it('When the edit would leave no administrator, then the summary says so', async () => {
    await makeRole('root', ['*'])

    expect((await preview(admin, 'admin', ['media:*'])).body.summary).toMatchObject({ lastAdmin: true, allowed: false })
    expect((await preview(admin, 'root', [])).body.summary.lastAdmin).toBe(false)
    expect((await preview(admin, 'admin', ['*', 'media:*'])).body).toMatchObject({
      data: [],
      summary: { lastAdmin: false, allowed: true },
    })
  })

  it('When a name is unknown, then the answer is 422 with its path; without roles:read, 403', async () => {
    const unknown = await preview(admin, 'nothing', ['jobs:read'])
    const named = await preview(admin, 'user', ['jobs:read', 'fly:high'])

    expect([unknown.status, unknown.body.errors[0].path]).toEqual([422, 'body.role'])
    expect([named.status, named.body.errors[0].path]).toEqual([422, 'body.permissions.1'])
    expect((await preview(main.withPermissions('roles:write', 'roles:read:own'), 'user', [])).status).toBe(403)
    expect((await admin.send('post', '/access/preview', { role: 'user', permissions: [], force: true })).status).toBe(
      422,
    )
  })
})
