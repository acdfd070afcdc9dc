import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { uuidv7 } from 'uuidv7'

import { listAudit, type AuditFilter } from '../src/audit/audit-rows.ts'
import { environmentSchema } from '../src/env.ts'
import { deleteExpiredRows } from '../src/housekeeping/delete-expired-rows.ts'
import type { Sql } from '../src/maindb.ts'
import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client
let owner: pg.Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
  owner = new pg.Client({ connectionString: main.context.environment.MAINDB_URL })
  await owner.connect()
})
afterAll(async () => {
  await owner?.end()
  await main?.stop()
})

type Line = { id: string; at: string; action: string; [name: string]: unknown }

const lines = async (query: string): Promise<Line[]> => {
  const { status, body } = await admin.get(`/audit?limit=200&${query}`)
  expect(status).toBe(200)
  return body.data
}

/** Inserts an entry of another day. Only the owner of the database can do this. */
const writeLine = (id: string, at: string, action = 'user.updated', actor = 'main-service', target = uuidv7()) =>
  owner.query(
    `INSERT INTO audit (id, at, actor_type, actor_id, action, target_type, target_id)
     VALUES ($1, $2, 'system', $3, $4, 'user', $5)`,
    [id, at, actor, action, target],
  )

describe('reading the audit trail', () => {
  it('When a path contains the id in upper case, then the entries have the id in lower case', async () => {
    const { id } = await main.register('In Capitals')
    const capitals = id.toUpperCase()
    expect((await (await main.logIn(id)).get(`/users/${capitals}`)).body.id).toBe(id)
    await admin.send('patch', `/users/${capitals}`, { name: 'Renamed' })
    await admin.send('put', `/users/${capitals}/roles`, { roles: ['editor'] })
    await admin.send('delete', `/users/${capitals}`)
    await admin.send('post', `/users/${capitals}/restore`)

    const actions = (await lines(`target=${id}`)).map(({ action }) => action)
    expect(actions.toReversed()).toEqual([
      'user.registered',
      'user.updated',
      'user.roles-changed',
      'user.deleted',
      'user.restored',
    ])
  })

  it('When a time has an invalid time zone, then the answer is 422 with its path', async () => {
    const answer = await admin.get(`/audit?from=${encodeURIComponent('2026-01-01T00:00:00+23:00')}`)
    expect([answer.status, answer.body.code, answer.body.errors[0].path]).toEqual([
      422,
      'invalid-request',
      'query.from',
    ])
  })

  it('When a user was changed, then the entry has the actor, the target, the changed fields, the client and the request', async () => {
    const { id } = await main.register('Told')
    const headers = { 'User-Agent': 'a browser', 'X-Request-Id': 'told-1' }
    await admin.send('patch', `/users/${id}`, { name: 'Renamed', locale: 'de' }, headers)

    expect(await lines(`target=${id}&action=user.updated`)).toEqual([
      {
        id: expect.any(String),
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        actor: { type: 'user', id: admin.id },
        action: 'user.updated',
        target: { type: 'user', id },
        before: { name: 'Told', locale: null },
        after: { name: 'Renamed', locale: 'de' },
        address: expect.stringContaining('127.0.0.1'),
        userAgent: 'a browser',
        requestId: 'told-1',
      },
    ])
  })

  it('When a field of a profile changed, then the entry has only this field', async () => {
    const { id } = await main.register('Profiled')
    const me = await main.logIn(id)
    await me.send('patch', '/users/me', { profile: { city: 'Bern', phone: '1' } })
    await me.send('patch', '/users/me', { profile: { city: 'Bern', phone: '2' } })

    const [line] = await lines(`target=${id}&action=user.updated`)

    expect([line?.['before'], line?.['after']]).toEqual([{ profile: { phone: '1' } }, { profile: { phone: '2' } }])
  })

  it('When a user changes a profile of the maximum size, then the entry has a few kilobytes, and says what is missing', async () => {
    const { id } = await main.register('Verbose')
    const me = await main.logIn(id)
    const profileOf = (letter: string) =>
      Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, letter.repeat(3_900)]))
    await me.send('patch', '/users/me', { profile: profileOf('x') })
    expect((await me.send('patch', '/users/me', { profile: profileOf('y') })).status).toBe(200)

    const [line] = await lines(`target=${id}&action=user.updated`)

    expect(JSON.stringify(line).length).toBeLessThan(8_192)
    const beginning = { truncated: expect.stringMatching(/^y{200,}$/), length: 3_900 }
    expect(line?.['after']).toEqual({ profile: { a: beginning, b: beginning, c: beginning, d: beginning } })
  })

  it('When only the expiry of a grant changed, then the entry contains it', async () => {
    const { id } = await main.register('Timed')
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    await admin.send('post', `/users/${id}/roles/user`, { expiresAt })

    const [line] = await lines(`target=${id}&action=user.roles-changed`)

    expect(line).toMatchObject({
      before: { grants: [{ role: 'user', expiresAt: null }] },
      after: { grants: [{ role: 'user', expiresAt }] },
    })
  })

  it('When filters are given, then only the matching entries are listed, the newest first', async () => {
    const actor = `service-${uuidv7()}`
    const [a, b, c] = [uuidv7(), uuidv7(), uuidv7()]
    await writeLine(a, '2026-01-01T00:00:00Z', 'role.created', actor)
    await writeLine(b, '2026-01-02T00:00:00Z', 'user.created', actor)
    await writeLine(c, '2026-01-03T00:00:00Z', 'user.password-changed', actor)
    const ids = async (query: string) => (await lines(`actor=${actor}&${query}`)).map(({ id }) => id)

    expect(await ids('')).toEqual([c, b, a])
    expect(await ids('sort=at')).toEqual([a, b, c])
    expect(await ids('action=user.')).toEqual([c, b])
    expect(await ids('action=user.created')).toEqual([b])
    expect(await ids('action=session.')).toEqual([])
    expect(await ids('from=2026-01-02T00:00:00Z')).toEqual([c, b])
    expect(await ids('to=2026-01-02T00:00:00Z')).toEqual([a])
    expect(await ids('from=2026-01-02T01:00:00%2B01:00&to=2026-01-03T00:00:00Z')).toEqual([b])
    expect((await admin.get(`/audit?actor=${actor}&count=true&limit=1`)).body.page).toMatchObject({ total: 3 })
  })

  it('When the request id is given, then only the entries of this request are listed', async () => {
    const { id } = await main.register('Traced')
    const requestId = `traced:${uuidv7()}`
    await admin.send('patch', `/users/${id}`, { name: 'Traced once' }, { 'X-Request-Id': requestId })
    await admin.send('patch', `/users/${id}`, { name: 'Traced twice' })

    expect(await lines(`requestId=${requestId}`)).toMatchObject([{ requestId, after: { name: 'Traced once' } }])
    expect(await lines(`requestId=${requestId}&action=role.`)).toEqual([])
    expect(await lines('requestId=traced')).toEqual([])
    expect((await admin.get(`/audit?requestId=${requestId}&count=true`)).body.page.total).toBe(1)
  })

  it('When many entries have the same time, then the pages contain each of them once', async () => {
    const actor = `service-${uuidv7()}`
    const ids = Array.from({ length: 7 }, () => uuidv7())
    for (const id of ids) await writeLine(id, '2026-02-01T00:00:00Z', 'user.updated', actor)
    const seen: string[] = []
    let path: string | undefined = `/audit?actor=${actor}&limit=3`

    while (path) {
      const { body, headers } = await admin.get(path)
      seen.push(...body.data.map(({ id }: Line) => id))
      path = /<\/api\/v1(.+)>/.exec(headers['link'] ?? '')?.[1]
    }

    expect(seen).toEqual(ids.toReversed())
  })

  it('When a filter is invalid, then the answer is 422 with its path', async () => {
    for (const [name, value] of [
      ['action', 'user'],
      ['action', '.'],
      ['action', "user.' OR true"],
      ['from', 'yesterday'],
      ['to', '2026-01-01'],
      ['actor', '\0'],
      ['requestId', '\0'],
      ['requestID', 'a'],
      ['sort', 'action'],
      ['after', 'x'],
    ] as const) {
      const { status, body } = await admin.get(`/audit?${name}=${encodeURIComponent(value)}`)
      expect([name, value, status, body.errors?.[0].path]).toEqual([name, value, 422, `query.${name}`])
    }
  })

  it('When the caller has no audit:read, or only audit:read:own, then the answer is 403', async () => {
    expect((await main.withPermissions('*:*').get('/audit')).status).toBe(200)
    expect((await main.withPermissions('audit:read').get('/audit')).status).toBe(200)
    for (const permissions of [['users:*', 'roles:*'], ['audit:read:own'], []]) {
      expect((await main.withPermissions(...permissions).get('/audit')).status).toBe(403)
    }
    expect((await main.nobody.get('/audit')).status).toBe(401)
  })

  it('When a client tries to write, change or delete entries, then no route allows it', async () => {
    const [line] = await lines('')
    for (const method of ['post', 'put', 'patch', 'delete'] as const) {
      expect((await admin.send(method, '/audit', { ...line })).status).toBe(405)
      expect((await admin.send(method, `/audit/${line?.id}`, { ...line })).status).toBe(404)
      expect((await admin.send(method, `/audit/${line?.id}/restore`, {})).status).toBe(404)
    }
  })
})

describe('protecting the audit trail', () => {
  it('When the database role of the service tries to change or drop the audit trail, then PostgreSQL rejects it', async () => {
    const { maindb } = main.context
    const [line] = await maindb.rows<{ id: string }>('SELECT id FROM audit LIMIT 1')
    const id = line?.id as string
    const refused = async (statement: string, values = {}) => {
      const outcome = await maindb.rows(statement, values).then(
        () => 'done',
        (error: { code?: string }) => error.code,
      )
      // 42501: PostgreSQL's insufficient_privilege.
      expect([statement, outcome]).toEqual([statement, '42501'])
    }

    const columns = 'id, actor_type, actor_id, action, target_type, target_id'
    const values = `:id, 'user', 'x', 'user.updated', 'user', 'x'`
    await refused(`UPDATE audit SET actor_id = 'x' WHERE id = :id`, { id })
    await refused('DELETE FROM audit WHERE id = :id', { id })
    await refused('TRUNCATE audit')
    await refused(`INSERT INTO audit (${columns}) VALUES (${values}) ON CONFLICT (id) DO UPDATE SET actor_id = 'x'`, {
      id,
    })
    await refused(`INSERT INTO audit (at, ${columns}) VALUES ('2020-01-01', ${values})`, { id })
    await refused('DROP TABLE audit')
    await refused('ALTER TABLE audit DROP COLUMN before')
    await refused('ALTER TABLE audit RENAME TO other')
    await refused('CREATE TRIGGER t BEFORE INSERT ON audit EXECUTE FUNCTION notify_outbox()')
    await refused('CREATE RULE r AS ON INSERT TO audit DO INSTEAD NOTHING')
    await refused('DROP FUNCTION expire_audit')
    await refused('CREATE TABLE theirs (id integer)')
    await refused('DROP TABLE users CASCADE')
    await refused('TRUNCATE users CASCADE')
    await refused('SELECT * FROM "SequelizeMeta"')
    expect(await maindb.rows('SELECT id FROM audit WHERE id = :id', { id })).toEqual([{ id }])
  })

  it('When entries are older than AUDIT_DAYS, then housekeeping deletes them in batches, and keeps newer ones', async () => {
    const actor = `service-${uuidv7()}`
    await owner.query(
      `INSERT INTO audit (id, at, actor_type, actor_id, action, target_type, target_id)
       SELECT gen_random_uuid(), now() - n * interval '1 day', 'system', $1, 'user.updated', 'user', 'x'
       FROM generate_series(1, 400) AS n, generate_series(1, 60)`,
      [actor],
    )

    const deleted = await deleteExpiredRows(main.context.maindb, 365)

    expect(deleted.audit).toBeGreaterThanOrEqual(35 * 60)
    expect((await admin.get(`/audit?actor=${actor}&count=true&limit=1`)).body.page.total).toBe(364 * 60)
    expect((await deleteExpiredRows(main.context.maindb, 365)).audit).toBe(0)
  })

  it('When AUDIT_DAYS is less than 30, then both the service and the database reject it', async () => {
    expect(environmentSchema.shape.AUDIT_DAYS.safeParse('29').success).toBe(false)
    expect(environmentSchema.shape.AUDIT_DAYS.parse(undefined)).toBe(365)
    await expect(deleteExpiredRows(main.context.maindb, 29)).rejects.toThrow('at least 30 days')
  })

  it('When a user is erased, then the entries remain without data about the user; before the erasure, this is rejected', async () => {
    const { id } = await main.register('Erased')
    const me = await main.logIn(id)
    await me.send('patch', '/users/me', { name: 'Erasable' }, { 'User-Agent': 'their browser' })
    await admin.send('put', `/users/${id}/roles`, { roles: ['editor'] }, { 'User-Agent': 'an office' })
    const { maindb } = main.context
    const forget = () => maindb.rows('SELECT forget_erased_in_audit(:id)', { id })
    await expect(forget()).rejects.toThrow('is not erased')

    await maindb.rows('DELETE FROM users WHERE id = :id', { id })
    await forget()

    const about = await lines(`target=${id}`)
    expect(about.map(({ action }) => action)).toEqual(['user.roles-changed', 'user.updated', 'user.registered'])
    for (const line of about) expect([line['before'], line['after']]).toEqual([null, null])
    // The first entry has another actor, whose data remain.
    expect(about.map((line) => line['userAgent'])).toEqual(['an office', null, null])
    for (const line of await lines(`actor=${id}`)) {
      expect(line).toMatchObject({ before: null, after: null, address: null, userAgent: null })
    }
  })
})

it('When there are many entries, then each filter uses an index', async () => {
  await owner.query(
    `INSERT INTO audit (id, at, actor_type, actor_id, action, target_type, target_id, request_id)
     SELECT gen_random_uuid(), now() - n * interval '5 minutes', 'user', 'actor-' || n % 1000,
       CASE WHEN n % 500 = 0 THEN 'role.created' WHEN n % 50 = 0 THEN 'user.updated' ELSE 'session.opened' END,
       'user', 'target-' || n % 1000, CASE WHEN n % 2 = 0 THEN 'request-' || n % 1000 END
     FROM generate_series(1, 100000) AS n`,
  )
  await owner.query('ANALYZE audit')
  const indexesOf = async (filter: AuditFilter, sort = '-at') => {
    const plans: string[] = []
    const explaining: Sql = {
      rows: async (statement, values) => {
        const rows = await main.context.maindb.rows<Record<string, string>>(`EXPLAIN ${statement}`, values)
        plans.push(...rows.map((row) => row['QUERY PLAN'] ?? ''))
        return []
      },
      row: () => Promise.reject(new Error('is not asked for')),
    }
    await listAudit(explaining, filter, { limit: 50, sort })
    const plan = plans.join('\n')
    expect(plan).not.toContain('Seq Scan')
    return [...plan.matchAll(/audit_\w+/g)].map(([name]) => name)
  }
  const from = '2026-01-01T00:00:00Z'

  expect(await indexesOf({})).toEqual(['audit_at'])
  expect(await indexesOf({ from, to: '2026-06-01T00:00:00Z' })).toEqual(['audit_at'])
  expect(await indexesOf({ actor: 'actor-7', from }, 'at')).toEqual(['audit_actor'])
  expect(await indexesOf({ target: 'target-7' })).toEqual(['audit_target'])
  expect(await indexesOf({ requestId: 'request-8' })).toEqual(['audit_request'])
  expect(await indexesOf({ action: 'role.created' })).toEqual(['audit_action'])
  expect(await indexesOf({ action: 'role.' })).toEqual(['audit_action'])
  expect(await indexesOf({ action: 'session.' })).toEqual(['audit_at'])
})
