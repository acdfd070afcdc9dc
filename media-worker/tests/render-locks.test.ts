import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createLogger } from '@likeness/service-kit/process'
import { createDatabase, type TestDatabase, eventually } from '@likeness/test-kit'
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
    one = openRenderLocks(database.url, { applicationName: 'one', logger })
    other = openRenderLocks(database.url, { applicationName: 'other', logger })
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

  it('let one worker in, once, until it gives back', async () => {
    const release = await one.tryAcquire('a')
    expect(release).not.toBeNull()
    expect(await one.tryAcquire('a')).toBeNull()
    expect(await other.tryAcquire('a')).toBeNull()
    expect(await other.tryAcquire('b')).not.toBeNull()
    await release?.()
    expect(await other.tryAcquire('a')).not.toBeNull()
  })

  it('let only one of many in who come at once', async () => {
    const taken = await Promise.all([one, other, one, other, one, other].map((locks) => locks.tryAcquire('c')))
    expect(taken.filter((release) => release !== null)).toHaveLength(1)
  })

  it('are taken again after the connection was cut', async () => {
    const release = await one.tryAcquire('d')
    await cutOff('one')
    // Until the connection is back the lock is open: whoever gets it gives it back and asks again.
    await eventually(
      async () => {
        const stolen = await other.tryAcquire('d')
        await stolen?.()
        expect(stolen).toBeNull()
      },
      { limitMs: 10_000 },
    )
    await release?.()
    expect(await other.tryAcquire('d')).not.toBeNull()
  })

  it('are let go of whole, also those that were taken while others were to be taken again', async () => {
    await one.tryAcquire('g')
    await cutOff('one')
    const release = await eventually(
      async () => {
        const taken = await one.tryAcquire('h')
        expect(taken).not.toBeNull()
        return taken
      },
      { limitMs: 10_000 },
    )
    // Those that were lost are taken again after a second.
    await sleep(1_500)
    expect(await other.tryAcquire('g')).toBeNull()
    await release?.()
    expect(await other.tryAcquire('h')).not.toBeNull()
  })

  it('say so when the database is away', async () => {
    const away = openRenderLocks('postgres://likeness@127.0.0.1:1/none', { applicationName: 'away', logger })
    await expect(away.tryAcquire('f')).rejects.toThrow(/ECONNREFUSED/)
    await away.close()
  })
})
