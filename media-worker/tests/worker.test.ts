import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { findFreePort } from '@likeness/local-servers'
import { openDiskStore, type FileStore } from '@likeness/media-files'
import {
  connectBroker,
  consumeDead,
  createPublisher,
  jobQueue,
  type Broker,
  type DeadJob,
  type Publisher,
} from '@likeness/media-jobs'
import { openMediasdb, type Mediasdb } from '@likeness/mediasdb'
import { createLogger } from '@likeness/service-kit/process'
import {
  createDatabase,
  createVhost,
  logInAs,
  makeCameraPicture,
  makeVectorPicture,
  queueDepth,
  runStatement,
  startService,
  type ServiceProcess,
  type TestDatabase,
  type TestVhost,
  eventually,
} from '@likeness/test-kit'
import pg from 'pg'
import sharp from 'sharp'

import { addVersion, enqueue, reload, type QueuedVersion } from './library.ts'

const logger = createLogger({ service: 'test', level: 'silent' })

describe('a worker', () => {
  let database: TestDatabase
  let vhost: TestVhost
  let folder: string
  let mediasdb: Mediasdb
  let store: FileStore
  let broker: Broker
  let publisher: Publisher
  const workers: ServiceProcess[] = []

  beforeAll(async () => {
    ;[database, vhost] = await Promise.all([createDatabase({ template: 'mediasdb' }), createVhost()])
    folder = await mkdtemp(join(tmpdir(), 'likeness-worker-'))
    mediasdb = openMediasdb(database.url, { applicationName: 'test', poolSize: 5 })
    store = openDiskStore(folder)
    broker = connectBroker({ url: vhost.url, name: 'test', logger })
    publisher = createPublisher(broker)
    await eventually(() => expect(publisher.isReady()).toBe(true), { limitMs: 60_000 })
  })
  beforeEach(async () => {
    await mediasdb.rows('DELETE FROM media')
  })
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.kill())))
  afterAll(async () => {
    await publisher.close()
    await broker.close()
    await mediasdb.close()
    await Promise.all([database.drop(), vhost.drop(), rm(folder, { recursive: true })])
  })

  const start = async (environment: Record<string, string> = {}): Promise<ServiceProcess & { url: string }> => {
    const port = String(await findFreePort())
    const url = `http://127.0.0.1:${port}`
    const worker = await startService({
      folder: 'media-worker',
      environment: {
        MEDIASDB_URL: logInAs('media_worker', database.url),
        AMQP_URL: logInAs('media-worker', vhost.url),
        AMQP_TOPOLOGY: 'check',
        MEDIA_STORE_DIR: folder,
        WORKER_PORT: port,
        WORKER_SLOTS: '2',
        ...environment,
      },
      readyUrl: `${url}/readyz`,
    })
    workers.push(worker)
    return { ...worker, url }
  }
  const upload = async (bytes: Buffer): Promise<QueuedVersion> => {
    const queued = await addVersion({ mediasdb, store }, bytes)
    await enqueue(publisher, queued)
    return queued
  }
  const becomes = (status: string, queued: QueuedVersion[], limitMs = 60_000): Promise<void> =>
    eventually(
      async () => {
        for (const { version } of queued) expect(await reload(mediasdb.MediaVersion, version)).toMatchObject({ status })
      },
      { limitMs },
    )
  const camera = async (hue: number): Promise<Buffer> => (await makeCameraPicture({ hue, orientation: 6 })).bytes
  /** A picture that takes some seconds: noise is slow to encode. */
  const slowPicture = (seed: number): Promise<Buffer> =>
    sharp({
      create: {
        width: 1_600 + seed,
        height: 4_000,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .jpeg()
      .toBuffer()

  it('renders uploads, and counts them in its metrics', async () => {
    const worker = await start()
    const queued = [await upload(await camera(10)), await upload((await makeVectorPicture()).bytes)]
    await becomes('ready', queued)
    const [first, second] = await Promise.all(queued.map(({ version }) => reload(mediasdb.MediaVersion, version)))
    expect(first).toMatchObject({ width: 1600, height: 1200, format: 'jpeg' })
    expect(second).toMatchObject({ format: 'svg', hasAlpha: true })
    // A version is ready a moment before its job has ended.
    await eventually(
      async () => {
        const metrics = await (await fetch(`${worker.url}/metrics`)).text()
        expect(metrics).toMatch(/likeness_worker_jobs_total\{outcome="done",service="media-worker"\} 2/)
        expect(metrics).toMatch(/likeness_worker_slots\{service="media-worker"\} 2/)
        expect(worker.log.filter(({ event }) => event === 'job.done')).toHaveLength(2)
      },
      { limitMs: 60_000 },
    )
  })

  it('moves the job of an invalid picture to the dead queue, and continues with the next', async () => {
    await start()
    const dead: DeadJob[] = []
    const consumer = consumeDead(broker, { handle: async (job) => void dead.push(job) })
    const bad = await upload(Buffer.from('GIF89a, says a song'))
    const good = await upload(await camera(60))
    await becomes('ready', [good])
    await eventually(() => expect(dead).toHaveLength(1), { limitMs: 60_000 })
    expect(dead[0]).toMatchObject({ job: bad.job, code: expect.stringMatching(/^(not-an|corrupt)-image$/) })
    await consumer.stop(1_000)
  })

  it('that is killed during a job is replaced by another worker, which finishes the job', async () => {
    const first = await start()
    const [one, other] = await Promise.all([slowPicture(1), slowPicture(2)])
    const queued = [await upload(one), await upload(other)]
    await becomes('processing', queued)
    await first.kill()
    await becomes('processing', queued)
    await start()
    await becomes('ready', queued, 60_000)
    expect(await queueDepth(vhost, jobQueue('interactive'))).toBe(0)
  })

  it('finishes in-flight jobs on SIGTERM, and exits', async () => {
    const worker = await start()
    const [one, other] = await Promise.all([slowPicture(3), slowPicture(4)])
    const queued = [await upload(one), await upload(other)]
    await becomes('processing', queued)
    await worker.stop()
    expect(await worker.exited).toEqual({ code: 0, signal: null })
    for (const { version } of queued)
      expect(await reload(mediasdb.MediaVersion, version)).toMatchObject({ status: 'ready', attempts: 0 })
  })

  it('requeues in-flight jobs on a second SIGTERM, without counting an attempt', async () => {
    const worker = await start()
    const queued = await upload(await slowPicture(5))
    await becomes('processing', [queued])
    process.kill(worker.pid, 'SIGTERM')
    await eventually(() => expect(worker.log).toContainEqual(expect.objectContaining({ event: 'process.stopping' })), {
      limitMs: 60_000,
    })
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({ status: 'processing', attempts: 1 })
    process.kill(worker.pid, 'SIGTERM')
    expect(await worker.exited).toEqual({ code: 0, signal: null })
    expect(worker.log).toContainEqual(expect.objectContaining({ event: 'worker.hurries', signal: 'SIGTERM' }))
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({
      status: 'processing',
      attempts: 0,
      starts: [],
    })
    expect(await queueDepth(vhost, jobQueue('interactive'))).toBe(1)
    await start()
    await becomes('ready', [queued], 60_000)
  })

  it('logs its size and the fleet settings', async () => {
    const worker = await start({ WORKER_SLOTS: '', RENDER_MEMORY_MB: '' })
    expect(worker.log).toContainEqual(
      expect.objectContaining({
        event: 'worker.sized',
        cores: expect.any(Number),
        memoryMb: expect.any(Number),
        slots: expect.any(Number),
        renderMemoryMb: expect.any(Number),
      }),
    )
    await runStatement(database.url, `UPDATE fleet SET presets = '[{"name": "future"}]'`)
    await eventually(
      () =>
        expect(worker.log).toContainEqual(
          expect.objectContaining({ event: 'fleet.presets-unreadable', presets: [{ name: 'future' }] }),
        ),
      { limitMs: 60_000 },
    )
    await runStatement(database.url, 'UPDATE fleet SET presets = NULL')
  })

  it('continues after its database connections were cut', async () => {
    const worker = await start()
    await becomes('ready', [await upload(await camera(100))])
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'media-worker%'`,
    )
    await client.end()
    await becomes('ready', [await upload(await camera(140)), await upload(await camera(180))], 25_000)
    expect(worker.isRunning()).toBe(true)
  })
})
