import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { runStatement } from '@likeness/test-kit'
import type { Response } from 'supertest'
import { uuidv7 } from 'uuidv7'

import { startMain, type MainUnderTest } from './main-under-test.ts'

const USERS = 100_000
const roleId = uuidv7()

let main: MainUnderTest

beforeAll(async () => {
  main = await startMain()
  const { maindb } = main.context
  await maindb.rows(`INSERT INTO roles (id, name) VALUES (:roleId, 'crowd')`, { roleId })
  await maindb.rows(
    `INSERT INTO role_permissions (role_id, permission_id)
     SELECT :roleId::uuid, id FROM permissions WHERE name IN ('jobs:read', 'tags:read')`,
    { roleId },
  )
  // By a connection of its own, because the service's statements have a time limit.
  await runStatement(
    main.databaseUrl,
    `WITH made AS (
       INSERT INTO users (id, email, email_key, name, status)
       SELECT gen_random_uuid(), n || '@crowd.example', n || '@crowd.example', 'User ' || n, 'active'
       FROM generate_series(1, $1::integer) AS n RETURNING id, email
     )
     INSERT INTO user_roles (user_id, role_id)
     SELECT made.id, r.id FROM made JOIN roles r
       ON r.id = $2 OR r.name = CASE WHEN made.email LIKE '%7@%' THEN 'editor' ELSE 'user' END`,
    [USERS, roleId],
  )
  // As autovacuum does within a minute.
  await runStatement(main.databaseUrl, 'ANALYZE users, user_roles')
}, 120_000)
afterAll(() => main?.stop())

/** The service's own limit of a statement, 4 s, decides what is in time: above it the answer is 503. */
async function inTime(answering: Promise<Response>): Promise<Response> {
  const answer = await answering
  expect(answer.status).not.toBe(503)
  return answer
}

it('When a role has 100,000 holders, then a preview tells its first pages and its sums in time', async () => {
  const reader = main.holding('roles:read')
  const preview = (permissions: string[], query: string) =>
    inTime(reader.send('post', `/access/preview?limit=200${query}`, { role: 'crowd', permissions }))

  const first = await preview(['tags:read'], '')
  const second = await preview(['tags:read'], `&after=${first.body.page.next}`)
  const byName = await preview(['tags:read'], '&sort=name')
  const nobody = await preview(['jobs:read'], '')

  expect(first.body.summary).toMatchObject({ users: USERS, deletedUsers: 0 })
  expect(first.body.data).toHaveLength(200)
  expect(first.body.data[0]).toMatchObject({ gains: [], loses: ['jobs:read'] })
  const users = [...first.body.data, ...second.body.data].map(({ user }) => user)
  expect(new Set(users).size).toBe(400)
  expect(byName.body.data[0].name).toBe('User 1')
  // Everybody has it by another role.
  expect([nobody.body.summary.users, nobody.body.data]).toEqual([0, []])
})

it('When such a role is edited by somebody who covers not all of them, then it is refused in time', async () => {
  const clerk = main.holding('roles:write', 'roles:read', 'jobs:*', 'tags:read')
  const edit = { permissions: ['tags:read'] }

  const answer = await inTime(clerk.send('put', `/roles/${roleId}/permissions`, edit, { 'If-Match': '*' }))

  expect([answer.status, answer.body.code]).toEqual([403, 'user-exceeds-own'])
})

it('When nobody but a few is touched among them, then those are found in time', async () => {
  const { maindb } = main.context
  await maindb.rows(
    `DELETE FROM user_roles ur USING users u, roles r WHERE u.id = ur.user_id AND r.id = ur.role_id
     AND r.name IN ('user', 'editor') AND u.email IN ('99999@crowd.example', '50000@crowd.example')`,
  )

  const { body } = await inTime(
    main.holding('roles:read').send('post', '/access/preview', { role: roleId, permissions: ['jobs:read'] }),
  )

  expect(body.data.map(({ loses }: { loses: string[] }) => loses)).toEqual([['tags:read'], ['tags:read']])
})
