import { afterAll, beforeAll, expect, it } from '@jest/globals'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

it('When a permission is created, then roles can have it', async () => {
  const made = await admin.send('post', '/permissions', { name: 'albums:share:own', description: 'Share albums' })
  const role = await admin.send('post', '/roles', { name: 'sharer', permissions: ['albums:share:own'] })

  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({ name: 'albums:share:own', description: 'Share albums', seeded: false })
  expect(role.body.permissions).toEqual(['albums:share:own'])
})

it('When the name is invalid or taken, then it is rejected', async () => {
  for (const name of ['fly', 'a:b:c', 'A:b', '**', '']) {
    expect([name, (await admin.send('post', '/permissions', { name })).status]).toEqual([name, 422])
  }
  expect((await admin.send('post', '/permissions', { name: 'media:read' })).body.code).toBe('permission-name-taken')
})

it('When a role has the permission, then its description can be changed, but it can be neither renamed nor deleted', async () => {
  const { body } = await admin.send('post', '/permissions', { name: 'prints:order' })
  await admin.send('post', '/roles', { name: 'printer', permissions: ['prints:order'] })

  expect((await admin.send('patch', `/permissions/${body.id}`, { description: 'Order prints' })).status).toBe(200)
  expect((await admin.send('patch', `/permissions/${body.id}`, { name: '*:*' })).body.code).toBe('permission-in-use')
  expect((await admin.send('delete', `/permissions/${body.id}`)).body.code).toBe('permission-in-use')
})

it('When a permission is seeded, then it cannot be deleted; any other can be renamed and deleted if no role has it', async () => {
  const { body: page } = await admin.get('/permissions?limit=200')
  const seeded = page.data.find(({ name }: { name: string }) => name === 'media:read')
  const { body: own } = await admin.send('post', '/permissions', { name: 'unused:thing' })

  expect((await admin.send('delete', `/permissions/${seeded.id}`)).body.code).toBe('permission-seeded')
  expect((await admin.send('patch', `/permissions/${own.id}`, { name: 'unused:other' })).body.name).toBe('unused:other')
  expect((await admin.send('delete', `/permissions/${own.id}`)).status).toBe(204)
  expect((await admin.send('delete', `/permissions/${own.id}`)).status).toBe(404)
})

it('When the caller has only permissions:read, then nothing can be changed', async () => {
  const reader = main.withPermissions('permissions:read')

  expect((await reader.get('/permissions?limit=1')).body.data).toHaveLength(1)
  expect((await reader.send('post', '/permissions', { name: 'x:y' })).status).toBe(403)
})

it('When a permission is created, then Location is its path', async () => {
  const made = await admin.send('post', '/permissions', { name: 'lenses:lend' })

  const found = await admin.get(`/permissions/${made.body.id}`)

  expect(made.headers['location']).toBe(`/api/v1/permissions/${made.body.id}`)
  expect([found.status, found.body, found.headers['etag']]).toEqual([200, made.body, made.headers['etag']])
  expect((await admin.get(`/permissions/${admin.id}`)).status).toBe(404)
})
