import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client
let ada: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
  ada = await main.logIn((await main.register('Ada')).id)
})
afterAll(() => main?.stop())

const problem = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code]

describe('When a path has me instead of an id', () => {
  it('then it means the caller, with the permissions for own rows', async () => {
    await main.context.maindb.rows('UPDATE users SET avatar_media_id = id WHERE id = :id', { id: ada.id })

    expect((await ada.send('delete', '/users/me/avatar')).status).toBe(204)
    expect((await ada.get('/users/me')).body.avatar).toBeNull()
  })

  it('then the caller needs the same permissions as with the id', async () => {
    for (const id of ['me', ada.id]) {
      const path = `/users/${id}/roles/editor`
      expect(problem(await ada.send('post', path, {}))).toEqual([403, 'forbidden'])
    }
    expect((await admin.send('put', '/users/me/roles', { roles: ['admin', 'user'] })).body.roles).toEqual([
      'admin',
      'user',
    ])
  })

  it('then only this spelling is accepted', async () => {
    for (const id of ['Me', 'self', 'me2']) {
      expect(problem(await ada.send('delete', `/users/${id}/avatar`))).toEqual([404, 'not-found'])
    }
  })
})

describe('A 403 names the least permission that would do', () => {
  const missing = ({ status, body }: { status: number; body: { detail: string } }) => {
    expect(status).toBe(403)
    return /the permission (\S+),/.exec(body.detail)?.[1]
  }

  it('for the own account and for the list of users, the permission for own rows', async () => {
    const bare = main.as(ada.id, { permissions: [] })

    for (const path of [
      '/users/me',
      `/users/${ada.id}`,
      `/users/${ada.id.toUpperCase()}`,
      '/users',
      '/users/me/export',
    ])
      expect(missing(await bare.get(path))).toBe('users:read:own')
    expect(missing(await bare.get('/users/me/media'))).toBe('media:read:own')
    expect(missing(await bare.send('delete', `/users/${ada.id}/avatar`))).toBe('users:update:own')
  })

  it('for another user, and where own rows are not sufficient, the permission for all rows', async () => {
    const bare = main.as(ada.id, { permissions: ['users:read:own'] })

    expect(missing(await bare.send('delete', `/users/${admin.id}/avatar`))).toBe('users:update')
    expect(missing(await bare.send('delete', `/users/${ada.id}`))).toBe('users:delete')
    expect(missing(await bare.get('/roles'))).toBe('roles:read')
    // The scope is sufficient for the route, but not for these fields.
    const own = main.as(ada.id, { permissions: ['users:update:own'] })
    expect(missing(await own.send('patch', `/users/${ada.id}`, { status: 'suspended' }))).toBe('users:update')
  })
})
