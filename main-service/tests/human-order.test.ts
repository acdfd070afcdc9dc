import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { listApiKeys } from '../src/api-keys/api-key-rows.ts'
import type { Sql } from '../src/maindb.ts'
import { listPermissions } from '../src/permissions/permission-rows.ts'
import { listRoles } from '../src/roles/role-rows.ts'
import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

type PageRequest = Parameters<typeof listRoles>[1]

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

/** Case and accent determine the order of the As, and signs the order of the Cs. Two names are equal. */
const inOrder = ['10', 'A', 'A', 'a', 'Á', 'á', 'a b', 'B', 'C', 'c', 'C#', 'C++', 'Ñ', 'z', 'Z a', 'Ж', '字']
const shuffled = inOrder.toSorted((a, b) => (a < b ? 1 : -1))

/** The values of a field in all pages of a list. */
async function walk(client: Client, path: string, name: string): Promise<unknown[]> {
  const seen: Record<string, unknown>[] = []
  let next: string | undefined = path
  while (next) {
    const { status, body, headers } = await client.get(next)
    expect(status).toBe(200)
    seen.push(...body.data)
    next = /<\/api\/v1(.+)>/.exec(headers['link'] ?? '')?.[1]
  }
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
  return seen.map((item) => item[name])
}

describe('When a list is sorted by text', () => {
  it('then users are in human order, ascending, descending and with a second key, each once', async () => {
    for (const [index, name] of shuffled.entries()) {
      const email = `human${index}@example.com`
      await main.auth.send('post', '/users', { email, name, passwordHash: 'a hash' })
    }
    expect(await walk(admin, '/users?q=human&sort=name&limit=2', 'name')).toEqual(inOrder)
    expect(await walk(admin, '/users?q=human&sort=-name&limit=2', 'name')).toEqual(inOrder.toReversed())
    expect(await walk(admin, '/users?q=human&sort=name,-createdAt&limit=2', 'name')).toEqual(inOrder)
    expect(await walk(admin, '/users?q=human&sort=-name,email&limit=2', 'name')).toEqual(inOrder.toReversed())
  })

  it('then email addresses are in human order', async () => {
    const emails = [
      'order-1@example.com',
      'order.a@example.com',
      'ordera@example.com',
      'orderé@example.com',
      'orderz@example.com',
    ]
    for (const email of emails.toReversed()) {
      await main.auth.send('post', '/users', { email, name: 'Somebody', passwordHash: 'a hash' })
    }
    expect(await walk(admin, '/users?q=order&sort=email&limit=2', 'email')).toEqual(emails)
  })

  it('then roles are in human order, in the list and in a user', async () => {
    // Names of roles that differ only in case are the same name.
    const names = ['10', 'A', 'Á', 'a b', 'B', 'C', 'C#', 'C++', 'Ñ', 'z', 'Z a', 'Ж', '字']
    for (const name of names.toReversed()) {
      expect((await admin.send('post', '/roles', { name, permissions: [] })).status).toBe(201)
    }
    const isOurs = (name: unknown) => names.includes(String(name))
    expect((await walk(admin, '/roles?sort=name&limit=2', 'name')).filter(isOurs)).toEqual(names)

    const { id } = await main.register('With Roles')
    await admin.send('put', `/users/${id}/roles`, { roles: ['z', 'Á', 'B', 'A'] })
    expect((await admin.get(`/users/${id}`)).body.roles).toEqual(['A', 'Á', 'B', 'z'])
  })

  it('then API keys are in human order', async () => {
    const creator = await main.logInAdministrator()
    for (const name of shuffled) {
      expect((await creator.send('post', '/api-keys', { name, permissions: ['media:read'] })).status).toBe(201)
    }
    expect(await walk(creator, '/api-keys?sort=name&limit=2', 'name')).toEqual(inOrder)
  })

  it.each([
    ['roles', 'roles_name', listRoles],
    ['permissions', 'permissions_name', listPermissions],
    ['API keys', 'api_key_name', (sql: Sql, page: PageRequest) => listApiKeys(sql, admin.id, page)],
  ] as const)('then an index contains the %s in this order', async (_what, index, list) => {
    await main.context.maindb.transaction(async (sql) => {
      // With so few rows, PostgreSQL would rather read and sort all of them.
      for (const other of ['seqscan', 'sort', 'bitmapscan']) await sql.rows(`SET LOCAL enable_${other} = off`)
      const plan: string[] = []
      const explain: Sql['rows'] = async (statement, values) => {
        const rows = await sql.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement}`, values)
        plan.push(...rows.map((row) => row['QUERY PLAN']))
        return []
      }
      const after = Buffer.from(JSON.stringify(['name', 'b', admin.id])).toString('base64url')
      await list(
        { rows: explain, row: () => Promise.reject(new Error('is not asked for')) },
        { limit: 2, sort: 'name', after },
      )
      expect(plan.join('\n')).toMatch(new RegExp(`Index Scan using ${index}`))
      expect(plan.join('\n')).not.toContain('Sort Key: ((')
    })
  })
})
