import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  enqueueJobs,
  enqueueJobsFrom,
  openMediasdb,
  recordEvents,
  recordEventsFrom,
  type Mediasdb,
} from '@likeness/mediasdb'
import { createDatabase, type TestDatabase } from '@likeness/test-kit'

describe('the outbox and the events', () => {
  let database: TestDatabase
  let mediasdb: Mediasdb
  beforeAll(async () => {
    database = await createDatabase({ template: 'mediasdb' })
    mediasdb = openMediasdb(database.url, { applicationName: 'test', poolSize: 3 })
  })
  afterAll(async () => {
    await mediasdb.close()
    await database.drop()
  })

  it('store several rows in their order, and none when the transaction fails', async () => {
    const [mediaId, versionId] = [randomUUID(), randomUUID()]
    const jobs = [1, 2, 3].map((place) => ({
      routingKey: 'bulk' as const,
      payload: { place, quote: `it's :a $1 \\ "` },
    }))
    const events = [
      { mediaId, versionId, type: 'size-ready' as const, data: { preset: 'small' } },
      { mediaId, versionId, type: 'ready' as const },
    ]
    const write = (end: () => void) =>
      mediasdb.transaction(async (unit) => {
        await enqueueJobs(unit, jobs)
        await recordEvents(unit, events)
        end()
      })
    await expect(
      write(() => {
        throw new Error('It failed')
      }),
    ).rejects.toThrow('It failed')
    expect([await mediasdb.Outbox.count(), await mediasdb.Event.count()]).toEqual([0, 0])

    await write(() => undefined)
    const outbox = await mediasdb.Outbox.findAll({ order: ['id'] })
    expect(outbox.map(({ routingKey, payload }) => ({ routingKey, payload }))).toEqual(jobs)
    expect(await mediasdb.Event.findAll({ order: ['id'] })).toMatchObject([events[0], { ...events[1], data: {} }])
  })

  it('store the rows of a query', async () => {
    const mediaId = randomUUID()
    await mediasdb.rows(
      `WITH recorded AS (${recordEventsFrom(`SELECT :mediaId::uuid, NULL::uuid, 'failed', '{"code": "x"}'::jsonb`)})
       ${enqueueJobsFrom(`SELECT 'interactive', jsonb_build_object('mediaId', :mediaId::uuid)`)}`,
      { mediaId },
    )
    expect(await mediasdb.Event.findAll({ where: { mediaId } })).toMatchObject([
      { type: 'failed', data: { code: 'x' } },
    ])
    expect(await mediasdb.Outbox.findAll({ where: { routingKey: 'interactive' } })).toMatchObject([
      { payload: { mediaId } },
    ])
  })
})
