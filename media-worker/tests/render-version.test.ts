import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openDiskStore, type FileStore } from '@likeness/media-files'
import { defaultPresets, RequeueError, PermanentError, TransientError, type JobDelivery } from '@likeness/media-jobs'
import { openMediasdb, type Mediasdb } from '@likeness/mediasdb'
import { createLogger } from '@likeness/service-kit/process'
import { createDatabase, logInAs, runStatement, type TestDatabase } from '@likeness/test-kit'
import sharp from 'sharp'

import { createContext } from '../src/context.ts'
import { environmentSchema } from '../src/env.ts'
import type { JobContext } from '../src/job/job-context.ts'
import { renderVersion, type RenderOutcome } from '../src/job/render-version.ts'
import { RenderCrashError } from '../src/render/render-child.ts'
import { openRenderLocks } from '../src/render/render-locks.ts'
import { addVersion, jobContextOf, reload, type QueuedVersion } from './library.ts'

const logger = createLogger({ service: 'test', level: 'silent' })
const never = new AbortController().signal

describe('the job of a version', () => {
  let database: TestDatabase
  let folder: string
  let mediasdb: Mediasdb
  /** The connections of the code under test, with the rights of a worker only. */
  let asWorker: Mediasdb
  let store: FileStore
  let context: JobContext
  let hue = 0

  beforeAll(async () => {
    database = await createDatabase({ template: 'mediasdb' })
    folder = await mkdtemp(join(tmpdir(), 'likeness-worker-'))
    mediasdb = openMediasdb(database.url, { applicationName: 'test', poolSize: 5 })
    asWorker = openMediasdb(logInAs('media_worker', database.url), { applicationName: 'test', poolSize: 5 })
    store = openDiskStore(folder)
  })
  beforeEach(async () => {
    const environment = environmentSchema.parse({
      MEDIASDB_URL: logInAs('media_worker', database.url),
      MEDIA_STORE_DIR: folder,
      AMQP_URL: 'amqp://127.0.0.1:1',
      WORKER_SLOTS: 1,
    })
    context = jobContextOf(await createContext(environment, logger, { mediasdb: asWorker, store }))
  })
  afterEach(() => Promise.all([context.pools.interactive.close(), context.broker.close(), context.locks.close()]))
  afterAll(async () => {
    await Promise.all([mediasdb.close(), asWorker.close()])
    await database.drop()
    await rm(folder, { recursive: true })
  })

  const picture = (): Promise<Buffer> => {
    const background = { r: (hue += 7) % 256, g: hue % 199, b: 90 }
    return sharp({ create: { width: 700, height: 500, channels: 3, background } })
      .jpeg()
      .toBuffer()
  }
  const add = async (options = {}): Promise<QueuedVersion> => addVersion({ mediasdb, store }, await picture(), options)
  const run = (
    queued: QueuedVersion,
    overrides: Partial<JobContext> = {},
    delivery: Partial<Omit<JobDelivery, 'job'>> = {},
  ): Promise<RenderOutcome> => {
    const { job } = queued
    const own = { ...context, ...overrides }
    return renderVersion(own, { job, routingKey: 'interactive', tries: 0, attempts: [], aborted: never, ...delivery })
  }
  const failing = (error: Error): Partial<JobContext> => ({
    pool: { render: () => Promise.reject(error) },
  })
  const sizesOf = async ({ version }: QueuedVersion) =>
    (await mediasdb.MediaSize.findAll({ where: { versionId: version.id } })).toSorted((one, other) =>
      `${one.preset}.${one.format}`.localeCompare(`${other.preset}.${other.format}`),
    )
  const eventsOf = async ({ media }: QueuedVersion): Promise<string[]> =>
    (await mediasdb.Event.findAll({ where: { mediaId: media.id }, order: ['id'] })).map(({ type }) => type)
  const filesOf = async ({ blob }: QueuedVersion): Promise<string[]> => {
    const found: string[] = []
    for await (const { key } of store.list(`renditions/${blob.sha256}/`)) found.push(key)
    return found.toSorted()
  }

  it('stores every size, makes the version and the media ready, and records the events', async () => {
    const queued = await add()
    expect(await run(queued)).toBe('done')

    const sizes = await sizesOf(queued)
    expect(sizes.map(({ preset, format, width, height }) => `${preset}.${format} ${width}x${height}`)).toEqual([
      'large.avif 700x500',
      'large.jpeg 700x500',
      'medium.avif 640x457',
      'medium.jpeg 640x457',
      'small.avif 320x229',
      'small.jpeg 320x229',
      'thumb.avif 200x200',
      'thumb.jpeg 200x200',
      'xlarge.avif 700x500',
      'xlarge.jpeg 700x500',
    ])
    for (const size of sizes) expect(await store.stat(size.storeKey)).toEqual({ bytes: size.bytes })
    // large and xlarge are equal, so they share their renditions.
    expect(await filesOf(queued)).toHaveLength(8)

    const version = await reload(mediasdb.MediaVersion, queued.version)
    const media = await reload(mediasdb.Media, queued.media)
    expect(version).toMatchObject({
      status: 'ready',
      attempts: 0,
      width: 700,
      height: 500,
      format: 'jpeg',
      animated: false,
      hasAlpha: false,
    })
    expect(version.completedAt).toBeInstanceOf(Date)
    expect(media).toMatchObject({ status: 'ready', currentVersionId: version.id })
    expect(await eventsOf(queued)).toEqual(['processing', ...Array<string>(10).fill('size-ready'), 'ready'])
  })

  it('changes nothing when it is delivered again', async () => {
    const queued = await add()
    await run(queued)
    const before = [await sizesOf(queued), await eventsOf(queued), await reload(mediasdb.MediaVersion, queued.version)]
    expect(await run(queued)).toBe('done-already')
    expect([
      await sizesOf(queued),
      await eventsOf(queued),
      await reload(mediasdb.MediaVersion, queued.version),
    ]).toEqual(before)
  })

  it('renders the changed sizes of a ready version, which stays ready meanwhile', async () => {
    const queued = await add()
    await run(queued)
    const before = await sizesOf(queued)
    await mediasdb.Media.update({ focalX: 0.1, focalY: 0.9 }, { where: { id: queued.media.id } })
    expect(await run(queued)).toBe('done')
    const after = await sizesOf(queued)
    const changed = after.filter(({ fingerprint }, index) => fingerprint !== before[index]?.fingerprint)
    expect(changed.map(({ preset, format }) => `${preset}.${format}`)).toEqual(['thumb.avif', 'thumb.jpeg'])
    expect((await eventsOf(queued)).filter((type) => type === 'ready' || type === 'processing')).toEqual([
      'processing',
      'ready',
    ])

    const presets = defaultPresets
      .filter(({ name }) => name !== 'xlarge')
      .map((preset) => ({ ...preset, formats: preset.formats.slice(0, 1) }))
    expect(await run(queued, { presets })).toBe('done')
    expect((await sizesOf(queued)).map(({ preset, format }) => `${preset}.${format}`)).toEqual([
      'large.avif',
      'medium.avif',
      'small.avif',
      'thumb.avif',
    ])
  })

  it('makes the newest ready version the current version', async () => {
    const first = await add()
    const second = await add({ media: first.media, number: 2 })
    expect(await run(second)).toBe('done')
    expect((await reload(mediasdb.Media, first.media)).currentVersionId).toBe(second.version.id)
    expect(await run(first)).toBe('done')
    const settled = { status: 'ready', currentVersionId: second.version.id }
    expect(await reload(mediasdb.Media, first.media)).toMatchObject(settled)
  })

  it('fails permanently with an invalid picture, and leaves the status to the consumer of dead jobs', async () => {
    const queued = await addVersion({ mediasdb, store }, Buffer.from('a song'))
    await expect(run(queued)).rejects.toMatchObject({ code: 'not-an-image' })
    await expect(run(queued)).rejects.toBeInstanceOf(PermanentError)
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({ status: 'processing', attempts: 0 })
  })

  it('counts a start whose render process crashed, and fails permanently after the third', async () => {
    const queued = await add()
    const dying = failing(new RenderCrashError('The render process ended with SIGSEGV'))
    await expect(run(queued, dying)).rejects.toMatchObject({ soon: true })
    await expect(run(queued, dying)).rejects.toBeInstanceOf(TransientError)
    expect((await reload(mediasdb.MediaVersion, queued.version)).attempts).toBe(2)
    await expect(run(queued, dying)).rejects.toMatchObject({ code: 'render-crashed' })
    await expect(run(queued)).rejects.toMatchObject({ code: 'render-crashed' })
  })

  it('does not fail a picture because workers died, unless ten of them did', async () => {
    const queued = await add()
    const lost = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        worker: `gone:${index}`,
        startedAt: `2026-01-01T00:00:0${index}Z`,
      }))
    await mediasdb.MediaVersion.update({ attempts: 10, starts: lost(10) }, { where: { id: queued.version.id } })
    await expect(run(queued)).rejects.toMatchObject({ code: 'render-crashed', earlier: { length: 10 } })
    await mediasdb.MediaVersion.update({ attempts: 9, starts: lost(9) }, { where: { id: queued.version.id } })
    expect(await run(queued)).toBe('done')
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({
      status: 'ready',
      attempts: 0,
      starts: [],
    })
  })

  it('records the worker and the time of each start, and reverts only its own start', async () => {
    const queued = await add()
    const lost = { worker: 'gone:1', startedAt: '2026-01-01T00:00:00.000Z' }
    await mediasdb.MediaVersion.update({ attempts: 1, starts: [lost] }, { where: { id: queued.version.id } })
    const during: unknown[] = []
    const unavailable: Partial<JobContext> = {
      pool: {
        render: async () => {
          const { attempts, starts } = await reload(mediasdb.MediaVersion, queued.version)
          during.push(attempts, starts)
          throw new TransientError('The disk is unavailable')
        },
      },
    }
    await expect(run(queued, unavailable)).rejects.toBeInstanceOf(TransientError)
    expect(during).toEqual([2, [lost, { worker: context.name, startedAt: expect.any(String) }]])
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({ attempts: 1, starts: [lost] })
    expect(await run(queued)).toBe('done')
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({ attempts: 0, starts: [] })
  })

  it('reports the starts whose workers died, except those that the message already describes', async () => {
    const queued = await add()
    const lost = { worker: 'gone:1', startedAt: '2026-01-01T00:00:30.000Z' }
    const crashed = { worker: 'alive:1', startedAt: '2026-01-01T00:01:00.500Z', crashed: true as const }
    const unreported = { worker: 'gone:2', startedAt: '2026-01-01T00:02:00.000Z', crashed: true as const }
    const reported = {
      worker: 'alive:1',
      startedAt: '2026-01-01T00:01:00.000Z',
      endedAt: '2026-01-01T00:01:02.000Z',
      error: 'The render process crashed or was stopped.',
    }
    await mediasdb.MediaVersion.update(
      { attempts: 3, starts: [lost, crashed, unreported] },
      { where: { id: queued.version.id } },
    )
    const earlier = [
      { ...lost, endedAt: null, error: 'The worker ended unexpectedly during the attempt.' },
      {
        worker: 'gone:2',
        startedAt: unreported.startedAt,
        endedAt: null,
        error: 'The render process crashed or was stopped.',
      },
    ]
    const dying = run(queued, failing(new RenderCrashError('The render process ended with SIGSEGV')), {
      attempts: [reported],
      tries: 1,
    })
    await expect(dying).rejects.toMatchObject({ code: 'render-crashed', earlier })
    const [began] = await mediasdb.Event.findAll({ where: { mediaId: queued.media.id } })
    expect(began).toMatchObject({ type: 'processing', data: { worker: context.name, attempt: 4 } })
  })

  it('does not count a start that failed for another reason than the picture', async () => {
    const queued = await add()
    await expect(run(queued, failing(new TransientError('The store is unavailable')))).rejects.toBeInstanceOf(
      TransientError,
    )
    await expect(run(queued, failing(new RequeueError('The worker is stopping')))).rejects.toBeInstanceOf(RequeueError)
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({ status: 'processing', attempts: 0 })
    await store.delete(queued.blob.storeKey)
    await expect(run(queued)).rejects.toThrow(/has no file with the key/)
    expect((await reload(mediasdb.MediaVersion, queued.version)).attempts).toBe(0)
  })

  /** Makes the database unavailable for a moment. @returns promises that resolve when it is available again */
  const interruptDatabase = async (): Promise<Promise<unknown>[]> => {
    const name = new URL(database.url).pathname.slice(1)
    const elsewhere = new URL(database.url)
    elsewhere.pathname = '/postgres'
    const open = (isOpen: boolean) =>
      runStatement(elsewhere.href, `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS ${isOpen}`)
    await open(false)
    const cut = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1'
    await runStatement(elsewhere.href, cut, [name])
    return [sleep(1_500).then(() => open(true))]
  }

  it('records a crash when the database is available again', async () => {
    const queued = await add()
    let isAvailable: Promise<unknown>[] = []
    const dying: Partial<JobContext> = {
      pool: {
        render: async () => {
          isAvailable = await interruptDatabase()
          throw new RenderCrashError('The render process ended with SIGSEGV')
        },
      },
    }
    await expect(run(queued, dying)).rejects.toThrow('The render process crashed or was stopped.')
    await Promise.all(isAvailable)
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({
      attempts: 1,
      starts: [{ crashed: true }],
    })
  })

  it('reverts a start when the database is available again', async () => {
    const queued = await add()
    let isAvailable: Promise<unknown>[] = []
    const cutOff: Partial<JobContext> = {
      pool: {
        render: async (request, aborted) => {
          const rendered = await context.pool.render(request, aborted)
          isAvailable = await interruptDatabase()
          return rendered
        },
      },
    }
    await expect(run(queued, cutOff)).rejects.toThrow(/not currently accepting connections|terminat/i)
    await Promise.all(isAvailable)
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({
      status: 'processing',
      attempts: 0,
      starts: [],
    })
    expect(await run(queued)).toBe('done')
  })

  it('is retried soon while another worker renders the version', async () => {
    const queued = await add()
    const other = openRenderLocks(database.url, { applicationName: 'other', logger })
    const release = await other.tryAcquire(queued.version.id)
    await expect(run(queued)).rejects.toMatchObject({ name: 'VersionLockedError', soon: true })
    expect((await reload(mediasdb.MediaVersion, queued.version)).attempts).toBe(0)
    await release?.()
    expect(await run(queued)).toBe('done')
    await other.close()
  })

  it('can be processed by another worker when its worker dies or loses the database', async () => {
    const queued = await add()
    const other = openRenderLocks(database.url, { applicationName: 'dying', logger })
    expect(await other.tryAcquire(queued.version.id)).not.toBeNull()
    expect(await other.tryAcquire(queued.version.id)).toBeNull()
    await other.close()
    expect(await run(queued)).toBe('done')
  })

  it('leaves a note in the store as long as its renditions may have no rows', async () => {
    const queued = await add()
    const notes = async () => {
      const found = (await store.listWriters()).flatMap(({ renditions }) => renditions)
      return found.filter(({ sha256 }) => sha256 === queued.blob.sha256)
    }
    await mediasdb.rows('ALTER TABLE media_size ADD CONSTRAINT refuses CHECK (false) NOT VALID')
    await expect(run(queued)).rejects.toThrow('refuses')
    await mediasdb.rows('ALTER TABLE media_size DROP CONSTRAINT refuses')
    expect(await filesOf(queued)).toHaveLength(8)
    const [left, ...others] = await notes()
    expect(others).toEqual([])
    await left?.delete()

    expect(await run(queued)).toBe('done')
    expect(await notes()).toEqual([])
  })

  describe('when its media is deleted or trashed during the render', () => {
    const meanwhile = (work: () => Promise<unknown>): Partial<JobContext> => ({
      pool: {
        render: async (request, aborted) => {
          const rendered = await context.pool.render(request, aborted)
          await work()
          return rendered
        },
      },
    })

    it('restores nothing, and leaves no file of a condemned source', async () => {
      const queued = await add()
      const deletion = async (): Promise<void> => {
        await mediasdb.Media.destroy({ where: { id: queued.media.id } })
        await mediasdb.Blob.update({ state: 'condemned' }, { where: { id: queued.blob.id } })
      }
      expect(await run(queued, meanwhile(deletion))).toBe('gone')
      expect(await mediasdb.MediaVersion.count({ where: { mediaId: queued.media.id } })).toBe(0)
      expect(await filesOf(queued)).toEqual([])
      expect(await run(queued)).toBe('gone')
    })

    it('leaves a trashed media unchanged', async () => {
      const queued = await add()
      const trash = () => mediasdb.Media.update({ trashedAt: new Date() }, { where: { id: queued.media.id } })
      expect(await run(queued, meanwhile(trash))).toBe('gone')
      expect(await sizesOf(queued)).toEqual([])
      expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({ status: 'processing', attempts: 0 })
      expect(await run(queued)).toBe('gone')
      await mediasdb.Media.update({ trashedAt: null }, { where: { id: queued.media.id } })
      expect(await run(queued)).toBe('done')
    })
  })
})
