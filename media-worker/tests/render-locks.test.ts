import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createLogger } from '@likeness/service-kit/process'
import { createDatabase, logInAs, type TestDatabase, eventually } from '@likeness/test-kit'
import pg from 'pg'

import { openRenderLocks, type RenderLocks } from '../src/render/render-locks.ts'

const logger = createLogger({ service: 'test', level: 'silent' })

describe('the locks of versions', () => {
  let database: TestDatabase
  let one: RenderLocks
  let other: RenderLocks
  beforeAll(async () => {
    database = await createDatabase()
  })
  afterAll(() => database.drop())
  beforeEach(() => {
    one = openRenderLocks(logInAs('media_worker', database.url), { applicationName: 'one', logger })
    other = openRenderLocks(logInAs('media_worker', database.url), { applicationName: 'other', logger })
  })
  afterEach(() => Promise.all([one.close(), other.close()]))

  const cutOff = async (applicationName: string): Promise<void> => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
      applicationName,
    ])
    await client.end()
  }

  it('are held by one worker, once, until it releases them', async () => {
    const release = await one.tryAcquire('a')
    expect(release).not.toBeNull()
    expect(await one.tryAcquire('a')).toBeNull()
    expect(await other.tryAcquire('a')).toBeNull()
    expect(await other.tryAcquire('b')).not.toBeNull()
    await release?.()
    expect(await other.tryAcquire('a')).not.toBeNull()
  })

  it('are acquired by only one of several concurrent attempts', async () => {
    const acquired = await Promise.all([one, other, one, other, one, other].map((locks) => locks.tryAcquire('c')))
    expect(acquired.filter((release) => release !== null)).toHaveLength(1)
  })

  it('are acquired again after the connection was lost', async () => {
    const release = await one.tryAcquire('d')
    await cutOff('one')
    // The lock is free until the connection is back, so the other worker may acquire it. It releases it and tries again.
    await eventually(
      async () => {
        const stolen = await other.tryAcquire('d')
        await stolen?.()
        expect(stolen).toBeNull()
      },
      { limitMs: 60_000 },
    )
    await release?.()
    expect(await other.tryAcquire('d')).not.toBeNull()
  })

  it('are released completely, also if they were acquired before lost locks were acquired again', async () => {
    await one.tryAcquire('g')
    await cutOff('one')
    const release = await eventually(
      async () => {
        const acquired = await one.tryAcquire('h')
        expect(acquired).not.toBeNull()
        return acquired
      },
      { limitMs: 60_000 },
    )
    // Lost locks are acquired again after a second.
    await sleep(1_500)
    expect(await other.tryAcquire('g')).toBeNull()
    await release?.()
    expect(await other.tryAcquire('h')).not.toBeNull()
  })

  it('throw an error when the database is unavailable', async () => {
    const unreachable = openRenderLocks('postgres://likeness@127.0.0.1:1/none', {
      applicationName: 'unreachable',
      logger,
    })
    await expect(unreachable.tryAcquire('f')).rejects.toThrow(/ECONNREFUSED/)
    await unreachable.close()
  })
})
