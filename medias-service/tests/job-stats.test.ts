import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { jobQueue, setUpBroker } from '@likeness/media-jobs'
import { eventually, readMetrics, runStatement, type Json } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { countUnfinished, listWorkers, readJobCounts } from '../src/fleet/job-stats-rows.ts'
import { startRelay } from '../src/outbox/relay.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { insertDeadJob } from './stored-dead-jobs.ts'

const idle = { waiting: 0, retrying: 0, oldestSeconds: null }
const statsOf = async (operator: Client): Promise<Json> => {
  const { status, body } = await operator.get('/jobs/stats')
  expect(status).toBe(200)
  return body
}
/** The metrics by name and labels, without the label `service`. */
async function figuresOf({ url }: MediasUnderTest): Promise<Record<string, number>> {
  const text = await readMetrics(url)
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => /^likeness_(job_queue|dead_jobs|outbox_oldest)/.test(line))
      .map((line) => {
        const [name = '', value] = line.split(/ (?=\S+$)/)
        return [name.replace(/,?service="medias-service"/, '').replace('{}', ''), Number(value)]
      }),
  )
}

describe('When jobs wait or are in flight', () => {
  let medias: MediasUnderTest
  let operator: Client

  beforeAll(async () => {
    medias = await startMedias()
    operator = medias.somebody('jobs:read')
    await eventually(async () => expect((await statsOf(operator)).queues[0].waiting).toBe(0), { limitMs: 60_000 })
  })
  afterEach(async () => {
    for (const table of ['media', 'outbox', 'worker', 'dead_job']) await medias.rows(`DELETE FROM ${table}`)
  })
  afterAll(() => medias?.stop())

  const upload = async (): Promise<Json> => (await medias.somebody().upload({ bytes: await drawPicture() })).body
  const setWaiting = ({ id }: Json, seconds: number, queue = 'interactive') =>
    medias.rows(
      `UPDATE media_version SET queued_at = now() - make_interval(secs => :seconds), routing_key = :queue
       WHERE media_id = :id`,
      { id, seconds, queue },
    )

  it('then the figures are zero if there are no jobs', async () => {
    expect(await statsOf(operator)).toEqual({
      paused: false,
      slots: null,
      queues: [
        { queue: 'interactive', ...idle },
        { queue: 'bulk', ...idle },
      ],
      dead: 0,
      outbox: 0,
      workers: [],
      versions: { queued: 0, processing: 0 },
    })
  })

  it('then waiting, retrying and dead jobs are counted, by queue', async () => {
    const media = [await upload(), await upload(), await upload()]
    await medias.rows(`UPDATE media_version SET status = 'processing' WHERE media_id = :id`, media[2])
    await insertDeadJob(medias, null, { payload: '?' })
    expect(await statsOf(operator)).toMatchObject({ outbox: 3, dead: 1, versions: { queued: 2, processing: 1 } })

    const relay = startRelay(medias.context)
    expect((await statsOf(operator)).queues[0].waiting).toBe(3)
    await eventually(async () => expect((await statsOf(operator)).outbox).toBe(0), { limitMs: 60_000 })
    await relay.stop()
    const kept = medias.broker.keepChannel()
    await eventually(() => expect(kept.current()).not.toBeNull(), { limitMs: 60_000 })
    const channel = kept.current()
    for (const queue of ['bulk', 'bulk.retry.5s', 'bulk.retry.10m', 'bulk.retry.10m']) {
      channel?.sendToQueue(`media.jobs.${queue}`, Buffer.from('{}'))
    }
    await channel?.waitForConfirms()
    expect((await statsOf(operator)).queues).toMatchObject([
      { queue: 'interactive', waiting: 3, retrying: 0 },
      { queue: 'bulk', waiting: 1, retrying: 3 },
    ])
    const figures = await figuresOf(medias)
    expect(figures).toMatchObject({
      'likeness_job_queue_messages{queue="interactive",state="waiting"}': 3,
      'likeness_job_queue_messages{queue="interactive",state="retrying"}': 0,
      'likeness_job_queue_messages{queue="bulk",state="waiting"}': 1,
      'likeness_job_queue_messages{queue="bulk",state="retrying"}': 3,
      likeness_dead_jobs: 1,
      'likeness_outbox_oldest_seconds{kind="job"}': 0,
    })
    for (const queue of ['bulk', 'bulk.retry.5s', 'bulk.retry.10m', 'interactive', 'express']) {
      await channel?.purgeQueue(`media.jobs.${queue}`)
    }
    await kept.close()
  })

  it('then the age of the oldest job is shown, without jobs of finished versions and of media in the trash', async () => {
    const [oldest, younger, slow, trashed, done] = [
      await upload(),
      await upload(),
      await upload(),
      await upload(),
      await upload(),
    ]
    await setWaiting(oldest, 300)
    await setWaiting(younger, 60)
    await setWaiting(slow, 7_200, 'bulk')
    await setWaiting(trashed, 90_000)
    await setWaiting(done, 90_000)
    await medias.rows('UPDATE media SET trashed_at = now() WHERE id = :id', trashed)
    await medias.rows(`UPDATE media_version SET status = 'failed' WHERE media_id = :id`, done)
    await medias.rows(`UPDATE outbox SET created_at = now() - interval '40 s' WHERE id = (SELECT min(id) FROM outbox)`)

    const { queues, versions } = await statsOf(operator)
    expect(queues.map((queue: Json) => Math.floor(queue.oldestSeconds / 10) * 10)).toEqual([300, 7_200])
    expect(versions).toEqual({ queued: 3, processing: 0 })
    const figures = await figuresOf(medias)
    expect(figures['likeness_job_queue_oldest_seconds{queue="interactive"}']).toBeGreaterThanOrEqual(300)
    expect(figures['likeness_job_queue_oldest_seconds{queue="interactive"}']).toBeLessThan(330)
    expect(figures['likeness_job_queue_oldest_seconds{queue="bulk"}']).toBeGreaterThanOrEqual(7_200)
    expect(figures['likeness_outbox_oldest_seconds{kind="job"}']).toBeGreaterThanOrEqual(40)
  })

  it('then the age of a restored media starts at zero', async () => {
    const ada = medias.somebody()
    const media = (await ada.upload({ bytes: await drawPicture() })).body
    await setWaiting(media, 90_000)
    await ada.send('DELETE', `/media/${media.id}`)
    await ada.send('POST', `/media/${media.id}/restore`)
    expect((await statsOf(operator)).queues[0].oldestSeconds).toBeLessThan(10)
  })

  it('then only workers that reported in the last 30 s are shown', async () => {
    const seen = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1_000).toISOString()
    const report = { slots: 2, busy: 1, paused: false, memoryBytes: 3_000_000_000, done: 5_000_000_000, failed: 2 }
    const insert = (name: string, seenAt: string) =>
      medias.rows(
        `INSERT INTO worker (name, slots, busy, paused, memory_bytes, done, failed, started_at, seen_at)
         VALUES (:name, :slots, :busy, :paused, :memoryBytes, :done, :failed, :startedAt, :seenAt)`,
        { ...report, name, startedAt: '2026-01-31T12:00:00.000Z', seenAt },
      )
    const [now, before, late] = [seen(1), seen(25), seen(35)]
    await insert('b:1', now)
    await insert('a:1', before)
    await insert('gone:1', late)
    expect((await statsOf(operator)).workers).toEqual([
      { ...report, name: 'a:1', startedAt: '2026-01-31T12:00:00.000Z', seenAt: before },
      { ...report, name: 'b:1', startedAt: '2026-01-31T12:00:00.000Z', seenAt: now },
    ])
  })

  it('then the figures of a deleted queue are null until it is declared again', async () => {
    const kept = medias.broker.keepChannel()
    await eventually(() => expect(kept.current()).not.toBeNull(), { limitMs: 60_000 })
    await kept.current()?.deleteQueue(jobQueue('bulk'))
    await kept.close()
    expect((await statsOf(operator)).queues[0].waiting).toBeNull()
    await setUpBroker({ url: medias.vhost.url, passwords: {} })
    await eventually(async () => expect((await statsOf(operator)).queues[1].waiting).toBe(0), { limitMs: 60_000 })
  })

  it('then a metric that cannot be read from the database is NaN, and the others are not affected', async () => {
    await medias.rows('ALTER TABLE dead_job RENAME TO dead_job_away')
    try {
      const figures = await figuresOf(medias)
      expect(figures['likeness_dead_jobs']).toBeNaN()
      expect(figures['likeness_job_queue_oldest_seconds{queue="bulk"}']).toBeNaN()
      expect(figures['likeness_job_queue_messages{queue="bulk",state="waiting"}']).toBeNaN()
      expect(figures['likeness_job_queue_messages{queue="bulk",state="retrying"}']).toBe(0)
    } finally {
      await medias.rows('ALTER TABLE dead_job_away RENAME TO dead_job')
    }
  })
})

describe('When the broker is unavailable', () => {
  let medias: MediasUnderTest
  beforeAll(async () => {
    // Nothing listens on this port.
    medias = await startMedias({ amqpUrl: 'amqp://127.0.0.1:9' })
  })
  afterAll(() => medias?.stop())

  it('then the other figures are returned without delay', async () => {
    await medias.somebody().upload({ bytes: await drawPicture() })
    const startedAt = performance.now()
    const stats = await statsOf(medias.somebody('jobs:read'))
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect(stats).toMatchObject({
      queues: [
        { queue: 'interactive', waiting: null, retrying: null, oldestSeconds: expect.any(Number) },
        { queue: 'bulk', waiting: null, retrying: null, oldestSeconds: null },
      ],
      outbox: 1,
      versions: { queued: 1, processing: 0 },
    })
    const figures = await figuresOf(medias)
    expect(figures['likeness_job_queue_messages{queue="interactive",state="waiting"}']).toBeNaN()
    expect(figures['likeness_job_queue_messages{queue="bulk",state="retrying"}']).toBeNaN()
    expect(figures['likeness_dead_jobs']).toBe(0)
  })
})

describe('When there are many versions', () => {
  let medias: MediasUnderTest
  beforeAll(async () => {
    medias = await startMedias()
    // So many that PostgreSQL chooses an index by itself. One in a thousand is unfinished.
    const statements = [
      `INSERT INTO blob (id, sha256, bytes, store_key) VALUES ('${uuidv7()}', '${'a'.repeat(64)}', 1, 'originals/x')`,
      `WITH made AS (
         INSERT INTO media (id, owner_id, filename, mime_type, kind, status)
         SELECT gen_random_uuid(), gen_random_uuid(), 'many.png', 'image/png', 'image', 'ready'
         FROM generate_series(1, 20000) RETURNING id
       )
       INSERT INTO media_version (id, media_id, number, blob_id, status, created_by, queued_at)
       SELECT gen_random_uuid(), id, 1, (SELECT id FROM blob),
              CASE WHEN n % 1000 = 0 THEN 'queued' ELSE 'ready' END, gen_random_uuid(), now() - n * interval '1 s'
       FROM (SELECT id, row_number() OVER () AS n FROM made) numbered`,
      `INSERT INTO worker (name, slots, busy, paused, memory_bytes, done, failed, started_at, seen_at)
       SELECT 'w' || n, 1, 0, false, 0, 0, 0, now(), now() - n * interval '1 minute' FROM generate_series(1, 5000) AS n`,
      'VACUUM ANALYZE',
    ]
    for (const statement of statements) await runStatement(medias.databaseUrl, statement)
  })
  afterAll(() => medias?.stop())

  /** The plans of the statements that a function sends. They are explained instead of executed. */
  async function planOf(ask: (mediasdb: MediasUnderTest['context']['mediasdb']) => Promise<unknown>): Promise<string> {
    let plan = ''
    const explain = async (statement: string, values?: Record<string, unknown>) => {
      const lines = await medias.rows(`EXPLAIN ${statement}`, values)
      plan += lines.map((line) => line['QUERY PLAN']).join('\n')
    }
    const rows = async (...asked: Parameters<typeof explain>) => (await explain(...asked), [])
    const row = async (...asked: Parameters<typeof explain>) => (await explain(...asked), undefined)
    await ask({ rows, row } as never).catch(() => undefined)
    return plan
  }

  it('then the figures are read from indexes, without a scan of all versions', async () => {
    for (const ask of [readJobCounts, countUnfinished]) {
      const plan = await planOf(ask)
      expect(plan).toMatch('media_version_waiting')
      expect(plan).not.toMatch(/Seq Scan on (media|media_version) /)
    }
    expect(await planOf(listWorkers)).toMatch('worker_seen_at')
  })
})
