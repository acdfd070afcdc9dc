import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runMigrations } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { roleNameKeys } from '../src/roles/role-name.ts'
import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

const make = async (name: string) => (await admin.send('post', '/roles', { name })).body

const etagOf = async (id: string) => ({ 'If-Match': (await admin.get(`/roles/${id}`)).headers['etag'] })

it.each([
  ['.', 'cannot be used in a path'],
  ['..', 'cannot be used in a path'],
  ['admin/..', 'contains a path'],
  ['%2e%2e', 'contains an encoded path'],
  ['__proto__', 'is a name of JavaScript'],
  ['ad\u200Bmin', 'contains an invisible character'],
  ['ad\u00ADmin', 'contains an invisible character'],
  ['\u0430dmin', 'mixes scripts'],
  ['two  blanks', 'has two blanks in a row'],
])('When the name of a role is %j, which %s, then the answer is 422', async (name) => {
  const made = await admin.send('post', '/roles', { name })
  const { id } = await make(`before ${uuidv7()}`)
  const renamed = await admin.send('patch', `/roles/${id}`, { name }, await etagOf(id))

  for (const { status, body } of [made, renamed]) expect([status, body.errors?.[0].path]).toEqual([422, 'body.name'])
})

describe('When two names of roles look the same', () => {
  it.each(['Admin', 'ADMIN', '\uFF41dmin', ' admin ', 'Editor', 'usEr'])(
    'then no role can be created with the name %j',
    async (name) => {
      const { status, body } = await admin.send('post', '/roles', { name })
      expect([status, body.code]).toEqual([409, 'role-name-taken'])
    },
  )

  it('then a role cannot be renamed to it, but can change the case of its own name', async () => {
    const { id } = await make('Painters')
    const rename = async (name: string) => admin.send('patch', `/roles/${id}`, { name }, await etagOf(id))

    expect((await rename('Editor')).body.code).toBe('role-name-taken')
    expect((await rename('PAINTERS')).body.name).toBe('PAINTERS')
    expect((await rename('Sculptors')).status).toBe(200)
    expect((await admin.send('post', '/roles', { name: 'painters' })).status).toBe(201)
  })

  it('then only one of several concurrent requests creates its role', async () => {
    const names = ['twin', 'Twin', 'TWIN', 'tWin']
    const answers = await Promise.all(names.map((name) => admin.send('post', '/roles', { name })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409])
  })

  it('then the database rejects the second role too, if another process does not lock the rights', async () => {
    const { id } = await make('guarded by the database')
    const insert = main.context.maindb.RoleNameKey.bulkCreate(
      roleNameKeys('Guarded by the Database').map((key) => ({ key, roleId: id })),
    )
    await expect(insert).rejects.toMatchObject({ code: '23505' })
  })
})

describe('When an earlier version allowed the name of a role', () => {
  const legacy = 'ad\u00ADmin  of/old'

  beforeAll(async () => {
    const names = [legacy, 'Editor']
    for (const name of names) {
      await main.context.maindb.rows('INSERT INTO roles (id, name) VALUES (:id, :name)', { id: uuidv7(), name })
    }
    await runMigrations('maindb', 'seed', main.databaseUrl)
  })

  const find = async (name: string) =>
    (await admin.get('/roles?limit=200')).body.data.find((role: { name: string }) => role.name === name)

  it('then the role keeps its name, and can be assigned, edited and renamed', async () => {
    const { id } = await find(legacy)
    const { id: userId } = await main.register('Has An Old Role')

    expect((await admin.send('put', `/users/${userId}/roles`, { roles: [legacy] })).body.roles).toEqual([legacy])
    const edited = { name: legacy, description: 'An old role' }
    expect((await admin.send('patch', `/roles/${id}`, edited, await etagOf(id))).body).toMatchObject(edited)
    expect((await admin.send('patch', `/roles/${id}`, { name: 'New name' }, await etagOf(id))).status).toBe(200)
  })

  it('then a second role that looks the same stays too, until it is renamed', async () => {
    const { id } = await find('Editor')
    const patch = async (body: object) => admin.send('patch', `/roles/${id}`, body, await etagOf(id))

    expect((await patch({ description: 'Looks like a seeded role' })).status).toBe(200)
    expect((await patch({ name: 'Second editor' })).status).toBe(200)
    expect((await patch({ name: 'Editor' })).body.code).toBe('role-name-taken')
  })

  it('then new roles cannot look like it', async () => {
    await main.context.maindb.rows('INSERT INTO roles (id, name) VALUES (:id, :name)', {
      id: uuidv7(),
      name: 'R\u00E9dacteurs du\u200B Monde',
    })
    await runMigrations('maindb', 'seed', main.databaseUrl)
    const { body } = await admin.send('post', '/roles', { name: 're\u0301dacteurs du monde' })
    expect(body.code).toBe('role-name-taken')
  })
})
