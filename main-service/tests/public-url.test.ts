import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runStatement } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

const origin = 'https://pictures.example.com'

describe('When PUBLIC_URL is set', () => {
  let main: MainUnderTest
  let admin: Client
  let ada: { id: string; email: string }
  let avatar: object
  beforeAll(async () => {
    main = await startMain({ PUBLIC_URL: `${origin}/` })
    admin = await main.logInAdministrator()
    ada = await main.register('Ada')
    const mediaId = uuidv7()
    await runStatement(main.databaseUrl, 'UPDATE users SET avatar_media_id = $2, avatar_version = 3 WHERE id = $1', [
      ada.id,
      mediaId,
    ])
    await runStatement(main.databaseUrl, `UPDATE media_presets SET names = '{thumb}'`)
    avatar = { mediaId, urls: { thumb: `${origin}/api/v1/media/${mediaId}/sizes/thumb?v=3` } }
  })
  afterAll(() => main?.stop())

  it('then the Location of a new resource is absolute', async () => {
    const { headers, body } = await admin.send('post', '/permissions', { name: 'reports:read', description: 'Read' })
    expect(headers['location']).toBe(`${origin}/api/v1/permissions/${body.id}`)
  })

  it('then every representation of a user has absolute avatar URLs', async () => {
    const user = await admin.get(`/users/${ada.id}`)
    expect(user.body.avatar).toEqual(avatar)
    const listed = await admin.get('/users?q=Ada')
    expect(listed.body.data).toEqual([user.body])
    const card = await admin.get(`/users/${ada.id}/card`)
    expect(card.body.avatar).toEqual(avatar)
    const own = await (await main.logIn(ada.id)).get('/users/me')
    expect(own.body.avatar).toEqual(avatar)
    const session = {
      id: uuidv7(),
      userId: ada.id,
      refreshTokenHash: '0'.repeat(64),
      device: 'x',
      address: '127.0.0.1',
    }
    const opened = await main.auth.send('post', '/sessions', session)
    expect(opened.body.user.avatar).toEqual(avatar)
  })

  it('then the ETag of such a representation is accepted in If-Match', async () => {
    const { headers } = await admin.get(`/users/${ada.id}`)
    const changed = await admin.send('patch', `/users/${ada.id}`, { name: 'Ada L.' }, { 'If-Match': headers['etag'] })
    expect([changed.status, changed.body.avatar]).toEqual([200, avatar])
    const roles = await admin.send(
      'put',
      `/users/${ada.id}/roles`,
      { roles: ['user'] },
      { 'If-Match': changed.headers['etag'] },
    )
    expect([roles.status, roles.body.avatar]).toEqual([200, avatar])
    const stale = await admin.send('patch', `/users/${ada.id}`, { name: 'A' }, { 'If-Match': headers['etag'] })
    expect(stale.status).toBe(412)
  })

  it('then the audit trail has paths, because the origin can change', async () => {
    const { body } = await admin.get(`/audit?action=user.avatar-changed`)
    expect(JSON.stringify(body)).not.toContain(origin)
  })
})
