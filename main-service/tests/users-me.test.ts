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
