import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { uuidv7 } from 'uuidv7'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let seeded: Client
/** One is an administrator by the role `admin`, the other by a role of the operators' own. */
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

/** Two administrators, and nobody else who is one. */
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

type Blow = (client: Client, userId: string, role: string) => ReturnType<Client['send']>

const inAMinute = () => new Date(Date.now() + 60_000).toISOString()

/** Everything that ends somebody's being an administrator, done to one's neighbour or to oneself. */
const blows: Record<string, Blow> = {
  deletes: (client, id) => client.send('delete', `/users/${id}`),
  suspends: (client, id) => client.send('patch', `/users/${id}`, { status: 'suspended' }),
  'sets the roles of': (client, id) => client.send('put', `/users/${id}/roles`, { roles: ['user'] }),
  'takes the role from': (client, id, role) => client.send('delete', `/users/${id}/roles/${role}`),
  'makes temporary': (client, id, role) =>
    client.send('post', `/users/${id}/roles/${role}`, { expiresAt: inAMinute() }),
}
const blowsAtRoot: Record<string, Blow> = {
  ...blows,
  'empties the role of': (client) =>
    client.send('put', `/roles/${root}/permissions`, { permissions: ['media:*'] }, anyVersion),
  'deletes the role of': (client) => client.send('delete', `/roles/${root}?force=true`),
}

const pairs = Object.keys(blowsAtRoot).flatMap((first) => Object.keys(blows).map((second) => [first, second] as const))

describe('When two administrators act at the same moment', () => {
  it.each(pairs)('and one %s the other who %s the first, then an administrator is left', async (first, second) => {
    await arrange()
    const [left, right] = [await main.logIn(one), await main.logIn(other)]

    const answers = await Promise.all([blowsAtRoot[first]?.(left, other, 'root'), blows[second]?.(right, one, 'admin')])

    expect(await administrators()).toHaveLength(1)
    const statuses = answers.map((answer) => answer?.status ?? 0).toSorted()
    // The second hears why not: it would have left nobody, or is no administrator any more, or is one for a minute.
    expect(statuses[0]).toBeLessThan(300)
    expect([401, 403, 409]).toContain(statuses[1])
  })

  it.each(pairs)('and one %s themselves where the other %s themselves, then one is left too', async (first, second) => {
    await arrange()
    const [left, right] = [await main.logIn(one), await main.logIn(other)]

    const answers = await Promise.all([blowsAtRoot[first]?.(right, other, 'root'), blows[second]?.(left, one, 'admin')])

    expect(await administrators()).toHaveLength(1)
    expect(answers.map((answer) => answer?.status ?? 0).toSorted()[1]).toBe(409)
  })

  it('and the same edit of a role comes from both, then one hears that the other was faster', async () => {
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
