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
  // With a separate connection, because the service's statements have a time limit.
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
  // Autovacuum would do this within a minute.
  await runStatement(main.databaseUrl, 'ANALYZE users, user_roles')
})
afterAll(() => main?.stop())

/** Expects an answer within the service's time limit for a statement, 4 s. After this limit, the answer is 503. */
async function inTime(answering: Promise<Response>): Promise<Response> {
  const answer = await answering
  expect(answer.status).not.toBe(503)
  return answer
}

it('When a role has 100,000 holders, then a preview returns its first pages and its totals in time', async () => {
  const reader = main.withPermissions('roles:read')
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
  // All users have tags:read from another role too.
  expect([nobody.body.summary.users, nobody.body.data]).toEqual([0, []])
})

it('When the caller cannot manage all holders of the role, then the edit is rejected in time', async () => {
  const clerk = main.withPermissions('roles:write', 'roles:read', 'jobs:*', 'tags:read')
  const edit = { permissions: ['tags:read'] }

  const answer = await inTime(clerk.send('put', `/roles/${roleId}/permissions`, edit, { 'If-Match': '*' }))

  expect([answer.status, answer.body.code]).toEqual([403, 'user-exceeds-own'])
})

it('When an edit affects only a few of the holders, then the preview finds them in time', async () => {
  const { maindb } = main.context
  await maindb.rows(
    `DELETE FROM user_roles ur USING users u, roles r WHERE u.id = ur.user_id AND r.id = ur.role_id
     AND r.name IN ('user', 'editor') AND u.email IN ('99999@crowd.example', '50000@crowd.example')`,
  )

  const { body } = await inTime(
    main.withPermissions('roles:read').send('post', '/access/preview', { role: roleId, permissions: ['jobs:read'] }),
  )

  expect(body.data.map(({ loses }: { loses: string[] }) => loses)).toEqual([['tags:read'], ['tags:read']])
})
