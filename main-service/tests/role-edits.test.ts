import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { holds } from '@likeness/service-kit/identity'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'

import { startMain, type MainUnderTest } from './main-under-test.ts'

const permissions = ['media:*', 'media:read', 'media:read:own', 'tags:read', 'jobs:read', 'jobs:write']
const set = fc.subarray(permissions)

let main: MainUnderTest
const roleIds = [uuidv7(), uuidv7(), uuidv7()]
const userIds = [uuidv7(), uuidv7(), uuidv7(), uuidv7()]

const sql = (statement: string, values = {}) => main.context.maindb.rows(statement, values)

beforeAll(async () => {
  main = await startMain()
  for (const [index, id] of roleIds.entries()) {
    await sql('INSERT INTO roles (id, name) VALUES (:id, :name)', { id, name: `role-${index}` })
  }
  for (const id of userIds) {
    await sql(
      `INSERT INTO users (id, email, email_key, name, status) VALUES (:id, :email, :email, 'Somebody', 'invited')`,
      { id, email: `${id}@example.com` },
    )
  }
})
afterAll(() => main?.stop())

interface World {
  /** The permissions of each role. */
  roles: string[][]
  /** The roles of each user, as indexes. */
  users: number[][]
}

async function arrange({ roles, users }: World): Promise<void> {
  await sql('DELETE FROM role_permissions WHERE role_id = ANY(:roleIds::uuid[])', { roleIds })
  await sql('DELETE FROM user_roles WHERE user_id = ANY(:userIds::uuid[])', { userIds })
  for (const [index, names] of roles.entries()) {
    await sql(
      `INSERT INTO role_permissions (role_id, permission_id)
       SELECT :roleId::uuid, id FROM permissions WHERE name = ANY(:names::text[])`,
      { roleId: roleIds[index], names },
    )
  }
  for (const [index, places] of users.entries()) {
    await sql(`INSERT INTO user_roles (user_id, role_id) SELECT :userId::uuid, unnest(:has::uuid[])`, {
      userId: userIds[index],
      has: places.map((place) => roleIds[place]),
    })
  }
}

const world = fc.record({
  roles: fc.tuple(set, set, set),
  users: fc.array(fc.subarray([0, 1, 2]), { minLength: 4, maxLength: 4 }),
})

const includes = (granted: string[], wanted: string[]) => wanted.every((name) => holds(granted, name))

/** The expected result: a second implementation of the rules, without groups and SQL. */
function expectedResult({ roles, users }: World, caller: string[], wanted: string[]) {
  const before = roles[0] ?? []
  const differing = [...before, ...wanted].filter((name) => before.includes(name) !== wanted.includes(name))
  const rights = (places: number[], first: string[]) =>
    places.flatMap((place) => (place === 0 ? first : (roles[place] ?? [])))
  const affected = users.flatMap((places, index) => {
    const [old, now] = [rights(places, before), rights(places, wanted)]
    return includes(old, now) && includes(now, old) ? [] : [{ id: userIds[index], permissions: old }]
  })
  const code = !includes(caller, differing)
    ? 'grant-exceeds-own'
    : affected.some(({ permissions: own }) => !includes(caller, own))
      ? 'user-exceeds-own'
      : undefined
  return { affected: affected.map(({ id }) => id), code }
}

it('When a random caller edits a random role, then the edit and the preview match the rules', async () => {
  await fc.assert(
    fc.asyncProperty(world, set, set, async (arranged, own, wanted) => {
      await arrange(arranged)
      const caller = main.withPermissions('roles:read', 'roles:write', ...own)
      const expected = expectedResult(arranged, own, wanted)

      const preview = await caller.send('post', '/access/preview', { role: roleIds[0], permissions: wanted })
      const edit = await caller.send(
        'put',
        `/roles/${roleIds[0]}/permissions`,
        { permissions: wanted },
        { 'If-Match': '*' },
      )

      expect(preview.body.data.map(({ user }: { user: string }) => user).toSorted()).toEqual(
        expected.affected.toSorted(),
      )
      expect(preview.body.summary.users).toBe(expected.affected.length)
      expect(preview.body.summary.allowed).toBe(expected.code === undefined)
      expect([edit.status, edit.body.code]).toEqual([expected.code ? 403 : 200, expected.code])
      const { body } = await caller.get(`/roles/${roleIds[0]}`)
      expect(body.permissions).toEqual((expected.code ? (arranged.roles[0] ?? []) : wanted).toSorted())
    }),
    { numRuns: 60 },
  )
})
