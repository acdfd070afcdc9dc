import { createHash } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually, runCommandOf, runNpmScript } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { beginErasures } from '../src/erasure/begin-erasures.ts'
import { finishErasure } from '../src/erasure/finish-erasure.ts'
import { startHousekeeping } from '../src/housekeeping/housekeeping.ts'
import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  // Nothing listens on port 1.
  main = await startMain({ MEDIAS_SERVICE_URL: 'http://127.0.0.1:1' })
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

const rows = <Row extends object>(statement: string, values = {}) => main.context.maindb.rows<Row>(statement, values)

/** A user who was deleted this many days ago. */
async function makeDeleted(name: string, days = 31): Promise<string> {
  const { id } = await main.register(name)
  expect((await admin.send('delete', `/users/${id}`)).status).toBe(204)
  await rows('UPDATE users SET deleted_at = now() - make_interval(days => :days) WHERE id = :id', { id, days })
  return id
}

const isErasing = async (id: string) =>
  (await rows('SELECT 1 FROM users WHERE id = :id AND erasing_at IS NOT NULL', { id })).length === 1
const enqueued = (id: string) =>
  rows<{ payload: object }>('SELECT payload FROM outbox WHERE subject = :id', { id }).then(([row]) => row?.payload)
const restore = async (id: string) => (await admin.send('post', `/users/${id}/restore`)).status

describe('beginning erasures', () => {
  it('When the retention period has ended, then the user cannot be restored, and a delivery to medias-service is enqueued', async () => {
    const id = await makeDeleted('Over')
    const younger = await makeDeleted('Younger', 29)
    const { id: active } = await main.register('Active')

    const begun = await beginErasures(main.context.maindb, { olderThanDays: 30 })

    expect(begun).toEqual([id])
    expect(await enqueued(id)).toEqual({ state: 'erased', revision: expect.any(Number) })
    expect(await restore(id)).toBe(404)
    expect((await admin.get('/users?status=deleted&q=over')).body.data).toEqual([])
    expect(await restore(younger)).toBe(200)
    expect((await admin.get(`/users/${active}`)).status).toBe(200)
  })

  it('When several replicas begin erasures at once, then each user is claimed by one of them', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, (_, index) => makeDeleted(`Many ${index}`)))

    const begun = await Promise.all(
      Array.from({ length: 4 }, () => beginErasures(main.context.maindb, { olderThanDays: 30 })),
    )

    expect(begun.flat().toSorted()).toEqual(ids.toSorted())
  })

  it('When a user is erased and restored at once, then only one of the two succeeds', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await makeDeleted(`Contended ${round}`)

      const [status, begun] = await Promise.all([
        restore(id),
        beginErasures(main.context.maindb, { olderThanDays: 30, userId: id }),
      ])

      expect([
        [200, []],
        [404, [id]],
      ]).toContainEqual([status, begun])
      expect(await isErasing(id)).toBe(status === 404)
    }
  })

  it('When enqueuing fails, then the erasure has not begun', async () => {
    const id = await makeDeleted('Half')
    // The outbox row cannot be written, because its revision would overflow. This must undo the claim.
    await rows(
      `INSERT INTO outbox (kind, subject, revision) VALUES ('owner-state', :id, 2147483647)
                ON CONFLICT (kind, subject) DO UPDATE SET revision = 2147483647`,
      { id },
    )

    await expect(beginErasures(main.context.maindb, { olderThanDays: 30, userId: id })).rejects.toThrow(/integer/)

    expect(await isErasing(id)).toBe(false)
    await rows('DELETE FROM outbox WHERE subject = :id', { id })
    expect(await restore(id)).toBe(200)
  })

  it('When the delivery is missing, then the erasure begins again', async () => {
    const id = await makeDeleted('Lost')
    await beginErasures(main.context.maindb, { olderThanDays: 30, userId: id })
    await rows('DELETE FROM outbox WHERE subject = :id', { id })

    expect(await beginErasures(main.context.maindb, { olderThanDays: 30, userId: id })).toEqual([id])
    expect(await enqueued(id)).toMatchObject({ state: 'erased' })
  })

  it('When housekeeping starts, then it begins the erasures that are due', async () => {
    const id = await makeDeleted('Scheduled')

    const housekeeping = startHousekeeping(main.context)

    await eventually(async () => expect(await isErasing(id)).toBe(true), { limitMs: 60_000 }).finally(housekeeping.stop)
  })
})

describe('finishing an erasure', () => {
  it('When the media are erased, then all data about the user are deleted, and the audit trail records the erasure', async () => {
    const { id, email } = await main.register('Mortimer Secret')
    const me = await main.logIn(id)
    await me.send('patch', '/users/me', { profile: { diary: 'secret words' } })
    const key = `email:${createHash('sha256').update(email).digest('hex')}`
    const guessKeys = [key, `password-change:${id}`, 'email:another']
    await main.auth.send('post', '/credentials', { email, guessKeys })
    const made = { email: 'made.by@example.com', name: 'Made' }
    await admin.send('put', `/users/${id}/roles`, { roles: ['admin'] })
    const promoted = await main.logIn(id)
    const answer = await promoted.send('post', '/users', made, { 'Idempotency-Key': 'of-mortimer' })
    await admin.send('delete', `/users/${id}`)
    await beginErasures(main.context.maindb, { olderThanDays: 0, userId: id })

    await finishErasure(main.context.maindb, id)
    await finishErasure(main.context.maindb, id)

    const left = async (statement: string) => (await rows(statement, { id })).length
    expect(await left('SELECT 1 FROM users WHERE id = :id')).toBe(0)
    expect(await left('SELECT 1 FROM sessions WHERE user_id = :id')).toBe(0)
    expect(await left('SELECT 1 FROM idempotency_key WHERE caller = :id::text')).toBe(0)
    expect((await rows('SELECT key FROM guess WHERE key = ANY(:guessKeys::text[])', { guessKeys })).length).toBe(1)
    const trail = await rows<Record<string, unknown>>(
      'SELECT action, actor_type, actor_id, before, after, address, user_agent FROM audit WHERE target_id = :id ORDER BY at',
      { id },
    )
    expect(trail.at(-1)).toEqual({
      action: 'user.erased',
      actor_type: 'system',
      actor_id: 'main-service',
      before: null,
      after: null,
      address: null,
      user_agent: null,
    })
    expect(trail.filter(({ action }) => action === 'user.erased')).toHaveLength(1)
    const everything = JSON.stringify(await rows('SELECT * FROM audit WHERE target_id = :id OR actor_id = :id', { id }))
    expect(everything).not.toMatch(/mortimer|secret|a test/i)
    expect(everything).toContain('user.deleted')
    // Changes that the user made to other users remain in the audit trail.
    const [change] = await rows(`SELECT after FROM audit WHERE action = 'user.invited' AND target_id = :made`, {
      made: answer.body.id,
    })
    expect(change).toMatchObject({ after: { email: made.email } })
    expect((await admin.send('post', '/users', { email, name: 'Another' })).status).toBe(201)
  })

  it('When the erasure has not begun, then nothing is done', async () => {
    const id = await makeDeleted('Not Begun')

    await finishErasure(main.context.maindb, id)

    expect(await restore(id)).toBe(200)
  })
})

describe('npm run users:erase', () => {
  const nobody = 'http://127.0.0.1:1'
  const environment = () => ({
    MAINDB_URL: main.databaseUrl,
    MEDIAS_SERVICE_URL: nobody,
    AUTH_SERVICE_URL: nobody,
  })
  const erase = (...options: string[]) => runCommandOf('users:erase', options, environment())

  // This command waits 10 s for medias-service. The other tests run in the meantime.
  let waiting: { id: string; ended: ReturnType<typeof erase> }
  beforeAll(async () => {
    const id = await makeDeleted('Waiting', 1)
    waiting = { id, ended: runNpmScript('users:erase', ['--user', id], environment()) }
  })

  it('When it runs with --dry-run, then it lists the users, and erases nobody', async () => {
    const id = await makeDeleted('Would Be', 40)
    const younger = await makeDeleted('Would Not Be', 35)

    const { code, output } = await erase('--dry-run', '--older-than-days', '38')

    expect([code, output]).toEqual([0, expect.stringMatching(new RegExp(`^${id}  deleted .+Z\\nWould be erased: 1`))])
    expect(await restore(id)).toBe(200)
    expect(await restore(younger)).toBe(200)
  })

  it('When the user is not deleted, unknown or deleted too recently, then it fails with the reason', async () => {
    const { id } = await main.register('Alive')
    const lately = await makeDeleted('Lately', 1)

    const [alive, unknown, young] = await Promise.all([
      erase('--user', id),
      erase('--user', uuidv7()),
      erase('--user', lately, '--older-than-days', '7'),
    ])

    expect([alive.code, alive.output]).toEqual([1, expect.stringContaining('is not deleted')])
    expect([unknown.code, unknown.output]).toEqual([1, expect.stringContaining('No user has the id')])
    expect([young.code, young.output]).toEqual([1, expect.stringContaining('less than 7 days ago')])
    expect((await admin.get(`/users/${id}`)).status).toBe(200)
    expect(await restore(lately)).toBe(200)
  })

  it.each([
    [['--user', 'everybody'], '--user must be the id of a user'],
    [['--older-than-days', '-1'], '--older-than-days'],
    [['--older-than-days', 'many'], '--older-than-days must be a number of days'],
    [['--force'], '--force'],
    [['everybody'], 'everybody'],
  ])('When the options are %j, then it prints the error and its usage', async (options, message) => {
    const { code, output } = await erase(...options)

    expect([code, output]).toEqual([2, expect.stringContaining(message)])
    expect(output).toContain('npm run users:erase')
  })

  it('When medias-service is unavailable, then the erasure has begun, and main-service will finish it', async () => {
    const { id, ended } = waiting

    const { code, output } = await ended

    expect([code, output]).toEqual([1, expect.stringContaining(`${id}  waiting for medias-service`)])
    expect(await isErasing(id)).toBe(true)
    expect(await enqueued(id)).toMatchObject({ state: 'erased' })
  })
})
