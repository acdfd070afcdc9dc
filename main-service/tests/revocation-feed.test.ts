import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runMigrations } from '@likeness/test-kit'
import pg from 'pg'

import { startMain, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
const clients: pg.Client[] = []

beforeAll(async () => {
  main = await startMain()
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()))
  await main?.stop()
})

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: main.context.environment.MAINDB_URL })
  clients.push(client)
  await client.connect()
  return client
}

const raise = (client: pg.Client, id: string) => client.query('UPDATE users SET epoch = epoch + 1 WHERE id = $1', [id])

const read = async (after: string | undefined, wait = 0) => {
  const { status, body } = await main.auth.get(
    `/revocations?wait=${wait}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`,
  )
  expect(status).toBe(200)
  return body as { cursor: string; entries: { kind: string; id: string; minEpoch: number }[] }
}
const idsOf = ({ entries }: { entries: { id: string }[] }) => entries.map(({ id }) => id)

describe('the revocation feed', () => {
  it('When transactions commit in another order than they began, then each entry is returned exactly once', async () => {
    const [early, late] = [await main.register('Early'), await main.register('Late')]
    const [first, second] = [await connect(), await connect()]
    const { cursor: start } = await read(undefined)

    await first.query('BEGIN')
    await raise(first, early.id)
    await raise(second, late.id)

    // The first transaction is still open and does not delay the entry of the second.
    const afterSecond = await read(start)
    expect(idsOf(afterSecond)).toEqual([late.id])
    await first.query('COMMIT')
    const afterFirst = await read(afterSecond.cursor)
    expect(idsOf(afterFirst)).toEqual([early.id])
    expect(idsOf(await read(afterFirst.cursor))).toEqual([])
  })

  it('When a transaction is rolled back, then it revokes nothing', async () => {
    const somebody = await main.register('Somebody')
    const client = await connect()
    const { cursor } = await read(undefined)
    await client.query('BEGIN')
    await raise(client, somebody.id)
    await client.query('ROLLBACK')
    expect(idsOf(await read(cursor))).toEqual([])
  })

  it('When a role with a thousand holders changes, then there is one entry', async () => {
    const client = await connect()
    await client.query(`
      INSERT INTO users (id, email, email_key, name, status)
      SELECT gen_random_uuid(), n || '@many.example', n || '@many.example', 'Many', 'active' FROM generate_series(1, 1000) n`)
    const admin = await main.logInAdministrator()
    const { body: role } = await admin.send('post', '/roles', { name: 'many', permissions: ['tags:read'] })
    await client.query(
      `INSERT INTO user_roles (user_id, role_id) SELECT id, $1 FROM users WHERE email LIKE '%@many.example'`,
      [role.id],
    )
    const { cursor } = await read(undefined)

    await admin.send('put', `/roles/${role.id}/permissions`, { permissions: [] }, { 'If-Match': '*' })
    const edited = await read(cursor)
    expect(edited.entries).toEqual([{ kind: 'role', id: role.id, minEpoch: 1 }])

    await admin.send('delete', `/roles/${role.id}?force=true`)
    const deleted = await read(edited.cursor)
    expect(deleted.entries).toEqual([{ kind: 'role', id: role.id, minEpoch: 2 }])
  })

  it('When the database was restored into another server, then its revocations remain, and each is returned once', async () => {
    const somebody = await main.register('Restored')
    const client = await connect()
    await raise(client, somebody.id)
    const { cursor: start } = await read(undefined)
    await client.query(`UPDATE revocation SET xid = '4000000000000' WHERE subject = $1`, [somebody.id])
    expect(idsOf(await read((await read(start)).cursor))).toEqual([somebody.id])

    await runMigrations('maindb', 'seed', main.databaseUrl)

    expect(idsOf(await read(undefined))).toContain(somebody.id)
    const once = await read(start)
    expect(idsOf(once)).toEqual([somebody.id])
    expect(idsOf(await read(once.cursor))).toEqual([])
  })

  it('When a reader waits, then a new entry wakes it', async () => {
    const somebody = await main.register('Sleeper')
    const client = await connect()
    const { cursor } = await read(undefined)
    const waiting = read(cursor, 20)
    await raise(client, somebody.id)
    expect(idsOf(await waiting)).toEqual([somebody.id])
  })

  it('When a snapshot is read, then it has each subject once, with its highest epoch', async () => {
    const somebody = await main.register('Often')
    const client = await connect()
    for (let time = 0; time < 3; time++) await raise(client, somebody.id)
    const snapshot = await read(undefined)
    expect(snapshot.entries.filter(({ id }) => id === somebody.id)).toEqual([
      { kind: 'user', id: somebody.id, minEpoch: 3 },
    ])
  })

  it('When a cursor is invalid, then it is rejected', async () => {
    expect((await main.auth.get('/revocations?after=nonsense')).status).toBe(422)
  })
})
