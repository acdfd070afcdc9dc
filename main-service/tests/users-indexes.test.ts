import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { userStatuses } from '@likeness/internal-api'
import { createDatabase, runStatement, type TestDatabase } from '@likeness/test-kit'

import { claimForErasure } from '../src/erasure/erasure-rows.ts'
import { openMaindb, type Maindb, type Sql } from '../src/maindb.ts'
import { listUsers, userOrder, type UserFilter } from '../src/users/user-rows.ts'

let database: TestDatabase
let maindb: Maindb

beforeAll(async () => {
  database = await createDatabase({ template: 'maindb' })
  maindb = openMaindb({ url: database.url, applicationName: 'test', poolSize: 1 })
  // So many rows that PostgreSQL's planner chooses the indexes.
  await runStatement(
    database.url,
    `INSERT INTO users (id, email, email_key, name, status, created_at, updated_at, deleted_at)
     SELECT gen_random_uuid(), md5(n::text) || '@example.com', md5(n::text) || '@example.com', 'Somebody ' || md5(n::text),
       (ARRAY['active', 'active', 'active', 'invited', 'unverified', 'suspended'])[1 + n % 6],
       now() - n * interval '1 second', now() - n * interval '1 second',
       CASE WHEN n % 10 = 0 THEN now() - n * interval '1 minute' END
     FROM generate_series(1, 30000) AS n`,
  )
  // Three users have the role editor, and all others the role user.
  await runStatement(
    database.url,
    `INSERT INTO user_roles (user_id, role_id)
     SELECT u.id, r.id FROM (SELECT id, row_number() OVER (ORDER BY created_at) AS n FROM users) u JOIN roles r
       ON r.name = CASE WHEN u.n % 10000 = 1 THEN 'editor' ELSE 'user' END`,
  )
  await runStatement(database.url, 'VACUUM ANALYZE')
})
afterAll(async () => {
  await maindb?.close()
  await database?.drop()
})

/** The plan of the statements, which are explained instead of run. */
async function planOf(ask: (sql: Sql) => Promise<unknown>): Promise<string> {
  let plan = ''
  const explain = async (statement: string, values?: Record<string, unknown>) => {
    const rows = await maindb.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement}`, values)
    plan += rows.map((row) => row['QUERY PLAN']).join('\n')
    return []
  }
  await ask({ rows: explain, row: async (...asked) => (await explain(...asked))[0] })
  return plan
}

const planOfList = (filter: UserFilter, sort: string) => planOf((sql) => listUsers(sql, filter, { limit: 50, sort }))

const idOfRole = async (name: string) =>
  (await maindb.row<{ id: string }>('SELECT id FROM roles WHERE name = :name', { name }))?.id

const sorts = Object.keys(userOrder.columns).flatMap((name) => [name, `-${name}`])

describe('When users are listed', () => {
  it.each(sorts)('by %s, then an index provides this order, for deleted users too', async (sort) => {
    for (const filter of [{}, { status: 'deleted' } as const]) {
      const plan = await planOfList(filter, sort)
      expect(plan).toMatch(/Index Scan (Backward )?using users_/)
      expect(plan).not.toMatch(/Seq Scan on users|Sort Key: u\./)
    }
  })

  it.each([...userStatuses, 'deleted' as const])(
    'with the status %s, then no sort order reads the whole table',
    async (status) => {
      for (const sort of sorts) expect(await planOfList({ status }, sort)).not.toContain('Seq Scan on users')
    },
  )

  it.each(['-createdAt,name', 'name,-createdAt', 'email,-updatedAt'])(
    'by %s, then the index scan of a later page starts after the previous page',
    async (sort) => {
      const [last] = await listUsers(maindb, {}, { limit: 0, sort })
      const cursor = Object.entries(last as object).flatMap(([name, value]) =>
        name.startsWith('cursor_') ? [value] : [],
      )
      const after = Buffer.from(JSON.stringify([sort, ...cursor])).toString('base64url')

      const plan = await planOf((sql) => listUsers(sql, {}, { limit: 50, sort, after }))

      expect(plan).toMatch(/Index Scan (Backward )?using users_\w+ on users u\b.*\n\s+Index Cond: \(/)
      expect(plan).not.toContain('Seq Scan on users')
    },
  )

  it('with a rare role, then its users are looked up; with a common role, then the index of the order is used', async () => {
    for (const sort of sorts) {
      expect(await planOfList({ roleId: await idOfRole('editor') }, sort)).toContain('user_roles_role_id')
      expect(await planOfList({ roleId: await idOfRole('user') }, sort)).toMatch(/Index Scan (Backward )?using users_/)
      // For a role that does not exist.
      expect(await planOfList({ roleId: null }, sort)).toMatch(/user_roles_role_id|One-Time Filter: false/)
    }
  })

  it('by a part of a name or an address, then the trigram index can be used', async () => {
    // With so few rows, PostgreSQL would rather read all of them.
    await maindb.rows('SET enable_seqscan = off')
    expect(await planOfList({ q: 'c4ca4238a0' }, '-createdAt')).toContain('users_search')
    expect(await planOfList({ q: 'c4ca4238a0', status: 'deleted' }, 'name')).toContain('users_search')
    await maindb.rows('RESET enable_seqscan')
  })
})

it('When erasures are due, then an index is used to find them', async () => {
  const plan = await planOf((sql) => claimForErasure(sql, { olderThanDays: 20, limit: 200 }))

  expect(plan).toContain('users_deleted_at')
  expect(plan).not.toContain('Seq Scan on users')
})
