import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openDiskStore, type FileStore } from '@likeness/media-files'
import {
  connectBroker,
  consumeDead,
  createPublisher,
  defaultPresets,
  fingerprintOf,
  jobQueue,
  presetsSchema,
  type Broker,
  type DeadJob,
  type Publisher,
  type RoutingKey,
} from '@likeness/media-jobs'
import { openMediasdb, type EventModel, type Mediasdb } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'
import { createLogger } from '@likeness/service-kit/process'
import {
  createDatabase,
  createVhost,
  queueDepth,
  readMetrics,
  runStatement,
  send,
  type TestDatabase,
  type TestVhost,
  eventually,
} from '@likeness/test-kit'
import pg from 'pg'

import type { Overrides } from '../src/context.ts'
import { openRenderLocks } from '../src/render/render-locks.ts'
import { followJobs } from '../src/stages.ts'
import { addVersion, enqueue, reload, type QueuedVersion } from './library.ts'
import { startWorkerHere, type WorkerHere } from './worker-here.ts'

const logger = createLogger({ service: 'test', level: 'silent' })
const soon = { limitMs: 60_000 }

describe('a worker and the fleet settings', () => {
  let database: TestDatabase
  let vhost: TestVhost
  let folder: string
  let mediasdb: Mediasdb
  let store: FileStore
  let broker: Broker
  let publisher: Publisher
  const workers: WorkerHere[] = []

  beforeAll(async () => {
    database = await createDatabase({ template: 'mediasdb' })
    folder = await mkdtemp(join(tmpdir(), 'likeness-fleet-'))
    mediasdb = openMediasdb(database.url, { applicationName: 'test', poolSize: 5 })
    store = openDiskStore(join(folder, 'store'))
  })
  // Each test has its own queues. A retry of one test is delivered after 4 to 36 s, and a worker of a later test would
  // count it.
  beforeEach(async () => {
    vhost = await createVhost()
    broker = connectBroker({ url: vhost.url, name: 'test', logger })
    publisher = createPublisher(broker)
    await setFleet({ paused: false, slots: null, presets: null })
    await eventually(() => expect(publisher.isReady()).toBe(true), soon)
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    await publisher.close()
    await broker.close()
    await vhost.drop()
  })
  afterAll(async () => {
    await mediasdb.close()
    await Promise.all([database.drop(), rm(folder, { recursive: true })])
  })

  const setFleet = async (settings: { paused?: boolean; slots?: number | null; presets?: unknown }): Promise<void> => {
    for (const [column, value] of Object.entries(settings)) {
      const written = column === 'presets' && value !== null ? JSON.stringify(value) : value
      await runStatement(database.url, `UPDATE fleet SET ${column} = $1`, [written])
    }
  }
  const start = async (slots: number, overrides: Overrides = {}): Promise<WorkerHere> => {
    const options = { databaseUrl: database.url, amqpUrl: vhost.url, storeFolder: join(folder, 'store') }
    const worker = await startWorkerHere({ ...options, slots, overrides })
    workers.push(worker)
    return worker
  }
  const get = (worker: WorkerHere, path: string) => send('GET', worker.url + path)
  const metrics = (worker: WorkerHere): Promise<string> => readMetrics(worker.url)

  /** A picture whose text tells unruly-process.ts how to behave. */
  const upload = async (behaviour: string, routingKey: RoutingKey = 'interactive'): Promise<QueuedVersion> => {
    const queued = await addVersion({ mediasdb, store }, Buffer.from(`unruly: ${behaviour}\n${randomUUID()}`))
    await enqueue(publisher, queued, routingKey)
    return queued
  }
  /** A picture whose rendering lasts until `finish` is called. */
  const uploadHeld = async (routingKey: RoutingKey = 'interactive') => {
    const go = join(folder, randomUUID())
    return { ...(await upload(`wait ${go}`, routingKey)), finish: () => writeFile(go, '') }
  }
  const becomes = async (status: string, ...queued: QueuedVersion[]): Promise<void> => {
    for (const { version } of queued)
      await eventually(async () => expect(await reload(mediasdb.MediaVersion, version)).toMatchObject({ status }), soon)
  }
  const presetsOf = async ({ version }: QueuedVersion): Promise<string[]> =>
    (await mediasdb.MediaSize.findAll({ where: { versionId: version.id } })).map(({ preset }) => preset).toSorted()
  const waiting = (routingKey: RoutingKey): Promise<number> => queueDepth(vhost, jobQueue(routingKey))
  const workerRow = async (): Promise<unknown> => (await runStatement(database.url, 'SELECT * FROM worker'))[0]
  const eventsOf = ({ media }: QueuedVersion): Promise<Attributes<EventModel>[]> =>
    mediasdb.Event.findAll({ where: { mediaId: media.id }, order: ['id'] })

  const [thumb, small] = defaultPresets
  const tiny = presetsSchema.parse([{ name: 'tiny', fit: 'width', width: 50 }])

  it('takes no job before it has read the settings', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query('BEGIN; LOCK TABLE fleet IN ACCESS EXCLUSIVE MODE')
    const worker = await start(1)
    const queued = await upload('well')
    await eventually(async () => {
      const { status, body } = await get(worker, '/readyz')
      expect(body.checks).toMatchObject({ broker: { status: 'ok' }, presets: { status: 'unreadable', required: true } })
      expect(status).toBe(503)
    }, soon)
    expect(await waiting('interactive')).toBe(1)
    await client.query('COMMIT')
    await client.end()
    await becomes('ready', queued)
    expect((await get(worker, '/readyz')).status).toBe(200)
  })

  it('renders a job with the presets that are current at its start', async () => {
    await setFleet({ presets: [thumb, small] })
    await start(1)
    const before = await uploadHeld()
    await becomes('processing', before)
    await setFleet({ presets: tiny })
    await before.finish()
    await becomes('ready', before)
    expect(await presetsOf(before)).toEqual(['small', 'thumb'])
    const [size] = await mediasdb.MediaSize.findAll({ where: { versionId: before.version.id, preset: 'small' } })
    expect(small && size?.fingerprint).toBe(small && fingerprintOf(small, null))
    await eventually(async () => {
      const after = await upload('well')
      await becomes('ready', after)
      expect(await presetsOf(after)).toEqual(['tiny'])
    }, soon)
  })

  it('is not ready and takes no jobs while it cannot read the presets', async () => {
    const worker = await start(1)
    await becomes('ready', await upload('well'))
    await setFleet({ presets: [{ name: 'future', fit: 'spiral', width: 9 }] })
    await eventually(async () => {
      const { status, body } = await get(worker, '/readyz')
      expect(status).toBe(503)
      expect(body.checks.presets).toEqual({ status: 'unreadable', required: true })
    }, soon)
    const queued = await upload('well')
    await eventually(async () => expect(await waiting('interactive')).toBe(1), soon)
    expect((await get(worker, '/healthz')).status).toBe(200)
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({ status: 'queued', attempts: 0 })
    await setFleet({ presets: tiny })
    await becomes('ready', queued)
    expect(await presetsOf(queued)).toEqual(['tiny'])
  })

  it('finishes running jobs and requeues the others when the fleet is paused, and continues when it is resumed', async () => {
    const worker = await start(2)
    const begun = [await uploadHeld(), await uploadHeld()]
    await becomes('processing', ...begun)
    const delivered = await upload('well', 'bulk')
    await eventually(async () => expect(await waiting('bulk')).toBe(0), soon)
    await setFleet({ paused: true })
    await eventually(async () => expect(await waiting('bulk')).toBe(1), soon)
    const late = await upload('well')
    for (const { finish } of begun) await finish()
    await becomes('ready', ...begun)
    expect(await waiting('interactive')).toBe(1)
    expect((await get(worker, '/readyz')).body.checks.broker.status).toBe('ok')
    expect((await get(worker, '/healthz')).status).toBe(200)
    await eventually(async () => expect(await workerRow()).toMatchObject({ paused: true, busy: 0 }), soon)
    expect(await metrics(worker)).toMatch(/likeness_worker_paused\{.*\} 1/)
    await setFleet({ paused: false })
    await becomes('ready', late, delivered)
  })

  it('follows changes of the number of slots, and renders every job once', async () => {
    const worker = await start(1)
    const held = await Promise.all([uploadHeld(), uploadHeld(), uploadHeld(), uploadHeld(), uploadHeld()])
    const processing = async (): Promise<number> => {
      const ids = held.map(({ version }) => version.id)
      return mediasdb.MediaVersion.count({ where: { id: ids, status: 'processing' } })
    }
    await eventually(async () => expect([await processing(), await waiting('interactive')]).toEqual([1, 4]), soon)
    await setFleet({ slots: 3 })
    await eventually(async () => expect([await processing(), await waiting('interactive')]).toEqual([3, 2]), soon)
    await eventually(async () => expect(await workerRow()).toMatchObject({ slots: 3, busy: 3 }), soon)
    // Each slot has a process for interactive jobs, and one for the express queue.
    expect(await metrics(worker)).toMatch(/likeness_worker_render_processes\{queue="interactive",.*\} 6/)
    await setFleet({ slots: null })
    await eventually(async () => expect(await workerRow()).toMatchObject({ slots: 1, busy: 3 }), soon)
    for (const { finish } of held) await finish()
    await becomes('ready', ...held)
    // A version may be ready a moment before the process that rendered it has ended.
    const twoProcesses = /likeness_worker_render_processes\{queue="interactive",.*\} 2/
    await eventually(async () => expect(await metrics(worker)).toMatch(twoProcesses), soon)
    for (const queued of held) {
      const types = (await eventsOf(queued)).map(({ type }) => type)
      expect(types.filter((type) => type === 'processing' || type === 'ready')).toEqual(['processing', 'ready'])
    }
    expect(await waiting('interactive')).toBe(0)
  })

  it('starts an express job at once although its slots render interactive and bulk jobs', async () => {
    await start(1)
    const held = [await uploadHeld('interactive'), await uploadHeld('bulk')]
    await becomes('processing', ...held)
    const next = await uploadHeld('interactive')
    const express = await upload('well', 'express')
    await becomes('ready', express)
    expect(await reload(mediasdb.MediaVersion, next.version)).toMatchObject({ status: 'queued' })
    for (const { finish } of [...held, next]) await finish()
    await becomes('ready', ...held, next)
  })

  it('starts an upload at once although a bulk job is running, with one slot and with two', async () => {
    const worker = await start(1)
    for (const slots of [1, 2]) {
      await setFleet({ slots })
      await eventually(async () => expect(await workerRow()).toMatchObject({ slots }), soon)
      const bulk = [await uploadHeld('bulk'), await uploadHeld('bulk')]
      await eventually(async () => expect(await waiting('bulk')).toBe(1), soon)
      const uploads = await Promise.all(Array.from({ length: slots }, () => uploadHeld()))
      await becomes('processing', ...uploads)
      expect(await metrics(worker)).toMatch(/likeness_worker_render_processes\{queue="bulk",.*\} 1/)
      for (const { finish } of uploads) await finish()
      await becomes('ready', ...uploads)
      expect(
        await mediasdb.MediaVersion.count({ where: { id: bulk.map(({ version }) => version.id), status: 'ready' } }),
      ).toBe(0)
      for (const { finish } of bulk) await finish()
      await becomes('ready', ...bulk)
    }
  })

  it('moves a job to the dead jobs after the third crash, with all its starts, and another job is not affected', async () => {
    const dead: DeadJob[] = []
    const consumer = consumeDead(broker, { handle: async (job) => void dead.push(job) })
    const neighbour = await uploadHeld()
    const crashing = await addVersion({ mediasdb, store }, Buffer.from(`unruly: crash\n${randomUUID()}`))
    const starts = [1, 2].map((minute) => ({ worker: 'gone:1', startedAt: `2026-01-01T00:0${minute}:00.000Z` }))
    await mediasdb.MediaVersion.update(
      { attempts: 2, starts: starts.map((one) => ({ ...one, crashed: true as const })) },
      { where: { id: crashing.version.id } },
    )
    await start(2)
    await becomes('processing', neighbour)
    await enqueue(publisher, crashing)
    await eventually(() => expect(dead).toHaveLength(1), soon)
    expect(dead[0]).toMatchObject({ job: crashing.job, code: 'render-crashed' })
    expect(dead[0]?.attempts).toEqual([
      { ...starts[0], endedAt: null, error: 'The render process crashed or was stopped.' },
      { ...starts[1], endedAt: null, error: 'The render process crashed or was stopped.' },
      {
        worker: expect.stringMatching(/:\d+:[0-9a-f]{4}$/),
        startedAt: expect.any(String),
        endedAt: expect.any(String),
        error: expect.stringMatching(
          /^The render process crashed or was stopped 3 times\. Last error: The render process ended with SIGSEGV\.$/,
        ),
      },
    ])
    expect(await reload(mediasdb.MediaVersion, neighbour.version)).toMatchObject({ status: 'processing', attempts: 1 })
    await neighbour.finish()
    await becomes('ready', neighbour)
    expect(await reload(mediasdb.MediaVersion, neighbour.version)).toMatchObject({ attempts: 0, starts: [] })
    await consumer.stop(1_000)
  })

  it('records an event for each start, and for each retry with its reason', async () => {
    await start(1)
    const failing = await upload('fail')
    await eventually(async () => expect(await eventsOf(failing)).toHaveLength(2), soon)
    const [began, queuedAgain] = await eventsOf(failing)
    const { worker } = began?.data ?? {}
    expect(began).toMatchObject({
      type: 'processing',
      data: { worker: expect.stringMatching(/:\d+:[0-9a-f]{4}$/), attempt: 1 },
    })
    expect(queuedAgain).toMatchObject({ type: 'queued', data: { worker, attempt: 1 } })
    expect(queuedAgain?.data['error']).toBe(
      'An internal error occurred during the rendering. The picture did not cause it.',
    )
    expect(queuedAgain?.data['retryInMs']).toBeGreaterThanOrEqual(4_000)
    expect(await reload(mediasdb.MediaVersion, failing.version)).toMatchObject({
      status: 'processing',
      attempts: 0,
      starts: [],
    })
    // The next start is recorded as attempt 2.
    await eventually(async () => {
      const [, , again] = await eventsOf(failing)
      expect(again).toMatchObject({ type: 'processing', data: { worker, attempt: 2 } })
    }, soon)
  })

  it('records no retry while another worker renders the version', async () => {
    const other = openRenderLocks(database.url, { applicationName: 'other', logger })
    const queued = await addVersion({ mediasdb, store }, Buffer.from(`unruly: well\n${randomUUID()}`))
    const release = await other.tryAcquire(queued.version.id)
    const worker = await start(1)
    await enqueue(publisher, queued)
    await eventually(async () => expect(await metrics(worker)).toMatch(/outcome="retried",.*\} 1/), soon)
    await release?.()
    await other.close()
    await becomes('ready', queued)
    expect((await eventsOf(queued)).map(({ type }) => type)).not.toContain('queued')
  })

  it('records no retry of a second delivery while it renders the version itself', async () => {
    const worker = await start(2)
    const held = await uploadHeld()
    await becomes('processing', held)
    await enqueue(publisher, held)
    await eventually(async () => expect(await metrics(worker)).toMatch(/outcome="retried",.*\} 1/), soon)
    await held.finish()
    await becomes('ready', held)
    expect((await eventsOf(held)).map(({ type }) => type)).not.toContain('queued')
  })

  it('has a row while it runs, and deletes the rows of workers that stopped reporting', async () => {
    await runStatement(
      database.url,
      `INSERT INTO worker (name, slots, busy, paused, memory_bytes, done, failed, started_at, seen_at)
       SELECT 'gone:' || age, 1, 0, false, 0, 0, 0, now() - interval '1 day', now() - age * interval '1 second'
       FROM unnest(ARRAY[30, 90]) AS age`,
    )
    const worker = await start(2)
    await becomes('ready', await upload('well'), await upload('well'))
    await setFleet({ slots: 3 })
    await eventually(async () => {
      const rows = await runStatement(database.url, 'SELECT * FROM worker ORDER BY name DESC')
      expect(rows).toEqual([
        {
          name: expect.stringMatching(/:\d+:[0-9a-f]{4}$/),
          slots: 3,
          busy: 0,
          paused: false,
          memory_bytes: expect.any(String),
          done: '2',
          failed: '0',
          started_at: expect.any(Date),
          seen_at: expect.any(Date),
        },
        expect.objectContaining({ name: 'gone:30' }),
      ])
    }, soon)
    await worker.stop()
    workers.length = 0
    expect(await runStatement(database.url, 'SELECT name FROM worker')).toEqual([{ name: 'gone:30' }])
    await runStatement(database.url, 'DELETE FROM worker')
  })

  it('fails its liveness check when a job is stuck, but not while the broker is unavailable', async () => {
    // A faster clock: the time limit of a render and its margin pass in 120 ms.
    const jobsInFlight = followJobs({
      longestMs: { interactive: 60_000, bulk: 600_000 },
      onEnd: () => undefined,
      now: () => performance.now() * 1_000,
    })
    const worker = await start(1, { jobsInFlight })
    expect(await get(worker, '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
    const stuck = await uploadHeld()
    await eventually(async () => {
      const { status, body } = await get(worker, '/healthz')
      expect(status).toBe(503)
      const reason = expect.stringMatching(
        `^The job of version ${stuck.version.id} has been in the stage "render" for \\d+ s$`,
      )
      expect(body).toEqual({ status: 'stuck', reasons: { jobs: reason } })
    }, soon)
    await stuck.finish()
    await becomes('ready', stuck)
    await eventually(async () => expect((await get(worker, '/healthz')).status).toBe(200), soon)
    const alone = await start(1, { broker: connectBroker({ url: 'amqp://127.0.0.1:1', name: 'unreachable', logger }) })
    expect((await get(alone, '/healthz')).status).toBe(200)
  })

  it('has metrics of every stage, of the rendered pictures, and of its processes', async () => {
    const worker = await start(1)
    const queued = await upload('well')
    await becomes('ready', queued)
    const { width } = await reload(mediasdb.MediaVersion, queued.version)
    const text = await eventually(async () => {
      const current = await metrics(worker)
      expect(current).toMatch(/likeness_worker_jobs_total\{outcome="done",.*\} 1/)
      return current
    }, soon)
    for (const stage of ['wait', 'lock', 'read', 'start', 'source', 'render', 'store', 'commit'])
      expect(text).toMatch(new RegExp(`likeness_worker_stage_duration_seconds_count\\{.*stage="${stage}".*\\} 1`))
    expect(text).toMatch(/likeness_worker_job_age_seconds_count\{.*queue="interactive".*\} 1/)
    expect(text).toMatch(new RegExp(`likeness_worker_source_bytes_total\\{.*\\} ${queued.blob.bytes}\n`))
    expect(text).toMatch(new RegExp(`likeness_worker_source_pixels_total\\{.*\\} ${width}\n`))
    // The unruly process writes the names of the presets as renditions.
    const names = defaultPresets.reduce((sum, { name }) => sum + name.length, 0)
    expect(text).toMatch(new RegExp(`likeness_worker_rendition_bytes_total\\{.*\\} ${names}\n`))
    const valueOf = (series: string) => Number(new RegExp(`^${series}.*\\} (\\S+)`, 'm').exec(text)?.[1])
    // A slot is busy for longer than the render alone. The difference depends on the machine.
    const rendering = valueOf('likeness_worker_stage_duration_seconds_sum\\{.*stage="render"')
    expect(rendering).toBeGreaterThan(0)
    expect(valueOf('likeness_worker_slot_busy_seconds_total\\{')).toBeGreaterThanOrEqual(rendering)
    for (const process of ['worker', 'interactive']) {
      const resident = new RegExp(`likeness_worker_resident_bytes\\{.*process="${process}".*\\} (\\d+)`).exec(text)?.[1]
      expect(Number(resident)).toBeGreaterThan(20_000_000)
    }
    expect(text).toMatch(/likeness_worker_resident_bytes\{.*process="bulk".*\} 0\n/)
  })
})
