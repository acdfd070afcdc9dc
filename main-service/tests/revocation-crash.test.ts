import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startPostgres, type PostgresServer } from '@likeness/local-servers'
import { followRevocations, type RevocationFollower } from '@likeness/service-kit/identity'
import { createLogger, createMetrics } from '@likeness/service-kit/process'
import { runMigrations, runStatement } from '@likeness/test-kit'
import pg from 'pg'
import { uuidv7 } from 'uuidv7'

import { openMaindb, type Maindb } from '../src/maindb.ts'
import { openRevocationFeed, type RevocationFeed } from '../src/revocations/revocation-feed.ts'
import { expectRefusedWithin5s } from './refused-within-5s.ts'

let postgres: PostgresServer
let maindb: Maindb
let feed: RevocationFeed
let follower: RevocationFollower

beforeAll(async () => {
  // A separate server that keeps committed data when it is killed, as in production.
  postgres = await startPostgres({ name: 'crash', database: 'maindb', port: 'free', durable: true })
  await runMigrations('maindb', 'up', postgres.url)
  const logger = createLogger({ service: 'test', level: 'silent' })
  maindb = openMaindb({ url: postgres.url, applicationName: 'test', poolSize: 2 })
  feed = openRevocationFeed({ maindb, url: postgres.url, logger })
  follower = followRevocations({ read: feed.read, logger, metrics: createMetrics('test') })
})
afterAll(async () => {
  await feed?.stop()
  await follower?.stop()
  await maindb?.close()
  await postgres?.remove()
})

const revoke = (session: string) =>
  runStatement(postgres.url, `INSERT INTO revocation (kind, subject, min_epoch) VALUES ('session', $1, 1)`, [session])

const refusal = (sid: string) =>
  follower.refusal({
    iss: '',
    aud: 'likeness-api',
    sub: uuidv7(),
    sid,
    iat: 0,
    exp: 0,
    jti: '',
    roles: [],
    permissions: [],
    email: '',
    epoch: 0,
    roleEpochs: {},
  })?.code
const expectRefused = (session: string) => expectRefusedWithin5s(() => refusal(session) === 'session-ended')

/** Rolls back transactions. PostgreSQL does not write their ids to disk, and reuses the ids after it was killed. */
async function rollBack(times: number): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  for (let time = 0; time < times; time++) {
    await client.query('BEGIN')
    await client.query('SELECT pg_current_xact_id()')
    await client.query('ROLLBACK')
  }
  await client.end()
}

it('When PostgreSQL is killed and reuses transaction ids, then later revocations are enforced within 5 s', async () => {
  const [before, after] = [uuidv7(), uuidv7()]
  await revoke(before)
  await expectRefused(before)

  await rollBack(50)
  // This cursor includes all fifty ids.
  const { cursor } = await feed.read(undefined, 0, AbortSignal.timeout(5_000))
  await postgres.kill()
  await postgres.start()
  await revoke(after)

  await expectRefused(after)
  expect(refusal(before)).toBe('session-ended')
  const { entries } = await feed.read(cursor, 0, AbortSignal.timeout(5_000))
  expect(entries).toEqual([{ kind: 'session', id: after, minEpoch: 1 }])
})

it('When a cursor is ahead of the database, as after the restore of a backup, then it is rejected', async () => {
  await expect(feed.read('900000000:900000000:', 0, AbortSignal.timeout(5_000))).rejects.toMatchObject({ status: 422 })
})
