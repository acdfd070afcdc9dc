import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { uuidv7 } from 'uuidv7'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let seeded: Client
/** `one` is an administrator with the role `admin`, `other` with a custom role. */
let one: string
let other: string
let root: string
const anyVersion = { 'If-Match': '*' }

beforeAll(async () => {
  main = await startMain()
  seeded = await main.logInAdministrator()
  one = (await main.register('One')).id
  other = (await main.register('Other')).id
  await arrange()
})
afterAll(() => main?.stop())

const sql = (statement: string, values = {}) => main.context.maindb.rows<Record<string, unknown>>(statement, values)

/** Arranges that `one` and `other` are the only administrators. */
async function arrange(): Promise<void> {
  await sql(`UPDATE users SET status = 'suspended' WHERE id = :id`, { id: seeded.id })
  await sql(`UPDATE users SET status = 'active', deleted_at = NULL WHERE id IN (:one, :other)`, { one, other })
  await sql(`DELETE FROM roles WHERE name = 'root'`)
  root = uuidv7()
  await sql(`INSERT INTO roles (id, name) VALUES (:root, 'root')`, { root })
  await sql(
    `INSERT INTO role_permissions (role_id, permission_id) SELECT :root::uuid, id FROM permissions WHERE name = '*'`,
    { root },
  )
  await sql('DELETE FROM user_roles WHERE user_id IN (:one, :other)', { one, other })
  await sql(
    `INSERT INTO user_roles (user_id, role_id)
     SELECT :one::uuid, id FROM roles WHERE name = 'admin' UNION ALL SELECT :other::uuid, :root::uuid`,
    { one, other, root },
  )
}

const administrators = () =>
  sql(
    `SELECT DISTINCT u.id FROM users u JOIN user_roles ur ON ur.user_id = u.id
     JOIN role_permissions rp USING (role_id) JOIN permissions p ON p.id = rp.permission_id
     WHERE p.name = '*' AND u.status = 'active' AND u.deleted_at IS NULL AND ur.expires_at IS NULL`,
  )

type Removal = (client: Client, userId: string, role: string) => ReturnType<Client['send']>

/** Sends a request, and again while the service answers 503 because a busy machine exceeded a time limit. */
async function unlessBusy(send: () => ReturnType<Client['send']> | undefined) {
  for (;;) {
    const answer = await send()
    if (answer?.status !== 503) return answer
  }
}

const inAMinute = () => new Date(Date.now() + 60_000).toISOString()

/** Every request after which a user is no longer an administrator. */
const removals: Record<string, Removal> = {
  deletes: (client, id) => client.send('delete', `/users/${id}`),
  suspends: (client, id) => client.send('patch', `/users/${id}`, { status: 'suspended' }),
  'sets the roles of': (client, id) => client.send('put', `/users/${id}/roles`, { roles: ['user'] }),
  'revokes the role of': (client, id, role) => client.send('delete', `/users/${id}/roles/${role}`),
  'makes temporary': (client, id, role) =>
    client.send('post', `/users/${id}/roles/${role}`, { expiresAt: inAMinute() }),
}
const removalsOfRoot: Record<string, Removal> = {
  ...removals,
  'empties the role of': (client) =>
    client.send('put', `/roles/${root}/permissions`, { permissions: ['media:*'] }, anyVersion),
  'deletes the role of': (client) => client.send('delete', `/roles/${root}?force=true`),
}

const pairs = Object.keys(removalsOfRoot).flatMap((first) =>
  Object.keys(removals).map((second) => [first, second] as const),
)

describe('When two administrators send requests at the same moment', () => {
  it.each(pairs)(
    'and the first %s the second, who %s the first, then one administrator remains',
    async (first, second) => {
      await arrange()
      const [left, right] = [await main.logIn(one), await main.logIn(other)]

      const answers = await Promise.all([
        unlessBusy(() => removalsOfRoot[first]?.(left, other, 'root')),
        unlessBusy(() => removals[second]?.(right, one, 'admin')),
      ])

      expect(await administrators()).toHaveLength(1)
      const statuses = answers.map((answer) => answer?.status ?? 0).toSorted()
      // The later request is rejected: it would leave no administrator, or its sender is no longer an administrator.
      expect(statuses[0]).toBeLessThan(300)
      expect([401, 403, 409]).toContain(statuses[1])
    },
  )

  it.each(pairs)(
    'and the first %s themselves, and the second %s themselves, then one administrator remains',
    async (first, second) => {
      await arrange()
      const [left, right] = [await main.logIn(one), await main.logIn(other)]

      const answers = await Promise.all([
        unlessBusy(() => removalsOfRoot[first]?.(right, other, 'root')),
        unlessBusy(() => removals[second]?.(left, one, 'admin')),
      ])

      expect(await administrators()).toHaveLength(1)
      expect(answers.map((answer) => answer?.status ?? 0).toSorted()[1]).toBe(409)
    },
  )

  it('and both edit the same version of a role, then the second edit is rejected with 412', async () => {
    await arrange()
    const client = await main.logIn(one)
    const clients = [client, await main.logIn(other)]
    const { body } = await client.send('post', '/roles', { name: 'edited', permissions: ['jobs:read'] })
    const both = async (method: 'put' | 'patch', path: string, bodies: [object, object]) => {
      const { headers } = await client.get(`/roles/${body.id}`)
      const read = { 'If-Match': headers['etag'] }
      const answers = await Promise.all(clients.map((sender, index) => sender.send(method, path, bodies[index], read)))
      return answers.map(({ status }) => status).toSorted()
    }

    const permissions = `/roles/${body.id}/permissions`
    const wider = ['jobs:read', 'jobs:write']
    expect(await both('put', permissions, [{ permissions: wider }, { permissions: [] }])).toEqual([200, 412])
    expect(await both('patch', `/roles/${body.id}`, [{ name: 'left' }, { name: 'right' }])).toEqual([200, 412])
    expect(
      (await Promise.all(clients.map((sender) => sender.send('put', permissions, { permissions: wider })))).map(
        ({ status }) => status,
      ),
    ).toEqual([428, 428])
  })
})
