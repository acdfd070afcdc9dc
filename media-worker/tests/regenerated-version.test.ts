import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openDiskStore, type FileStore } from '@likeness/media-files'
import { defaultPresets, TransientError, type Preset, type RenderJob } from '@likeness/media-jobs'
import { openMediasdb, type MediaSizeModel, type Mediasdb } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'
import { createLogger } from '@likeness/service-kit/process'
import { createDatabase, logInAs, type TestDatabase } from '@likeness/test-kit'
import sharp from 'sharp'
import { uuidv7 } from 'uuidv7'

import { createContext } from '../src/context.ts'
import { environmentSchema } from '../src/env.ts'
import type { JobContext } from '../src/job/job-context.ts'
import { renderVersion, type RenderOutcome } from '../src/job/render-version.ts'
import { addVersion, jobContextOf, reload, type QueuedVersion } from './library.ts'

const logger = createLogger({ service: 'test', level: 'silent' })
const never = new AbortController().signal

/** The default presets, but with a narrower `small`. */
const narrowed = defaultPresets.map((preset) => (preset.name === 'small' ? { ...preset, width: 300 } : preset))

describe('the job of a regeneration', () => {
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
    context = await makeContext()
  })
  afterEach(() => close(context))
  afterAll(async () => {
    await Promise.all([mediasdb.close(), asWorker.close()])
    await database.drop()
    await rm(folder, { recursive: true })
  })

  const makeContext = async (): Promise<JobContext> => {
    const environment = environmentSchema.parse({
      MEDIASDB_URL: logInAs('media_worker', database.url),
      MEDIA_STORE_DIR: folder,
      AMQP_URL: 'amqp://127.0.0.1:1',
      WORKER_SLOTS: 1,
    })
    return jobContextOf(await createContext(environment, logger, { mediasdb: asWorker, store }))
  }
  const close = ({ pools, broker, locks }: JobContext): Promise<unknown> =>
    Promise.all([pools.interactive.close(), pools.bulk.close(), broker.close(), locks.close()])
  const picture = (): Promise<Buffer> => {
    const background = { r: (hue += 11) % 256, g: hue % 193, b: 40 }
    return sharp({ create: { width: 700, height: 500, channels: 3, background } })
      .jpeg()
      .toBuffer()
  }
  const run = (job: RenderJob, overrides: Partial<JobContext> = {}): Promise<RenderOutcome> =>
    renderVersion({ ...context, ...overrides }, { job, routingKey: 'bulk', tries: 0, attempts: [], aborted: never })
  /** A version that is ready, in the default presets. */
  const ready = async (bytes?: Buffer): Promise<QueuedVersion> => {
    const queued = await addVersion({ mediasdb, store }, bytes ?? (await picture()))
    expect(await run(queued.job)).toBe('done')
    return queued
  }
  const regenerate = async (
    { media, version }: QueuedVersion,
    { what = 'stale' as 'stale' | 'all', presets }: { what?: 'stale' | 'all'; presets?: string[] } = {},
  ): Promise<RenderJob> => {
    const regeneration = await mediasdb.Regeneration.create({ id: uuidv7(), what, filter: presets ? { presets } : {} })
    await mediasdb.RegenerationJob.create({ regenerationId: regeneration.id, versionId: version.id, mediaId: media.id })
    return { contract: 1, kind: 'render', mediaId: media.id, versionId: version.id, regenerationId: regeneration.id }
  }
  const isOpen = async ({ regenerationId = '', versionId }: RenderJob): Promise<boolean> =>
    (await mediasdb.RegenerationJob.count({ where: { regenerationId, versionId } })) === 1
  const named = ({ preset, format }: { preset: string; format: string }): string => `${preset}.${format}`
  const sizesOf = async ({ version }: QueuedVersion): Promise<Attributes<MediaSizeModel>[]> =>
    (await mediasdb.MediaSize.findAll({ where: { versionId: version.id } })).toSorted((one, other) =>
      named(one).localeCompare(named(other)),
    )
  const changedSince = async (queued: QueuedVersion, before: Attributes<MediaSizeModel>[]): Promise<string[]> => {
    const was = new Map(before.map((size) => [named(size), JSON.stringify(size)]))
    return (await sizesOf(queued)).filter((size) => was.get(named(size)) !== JSON.stringify(size)).map(named)
  }
  const filesOf = async ({ blob }: QueuedVersion): Promise<string[]> => {
    const found: string[] = []
    for await (const { key } of store.list(`renditions/${blob.sha256}/`)) found.push(key)
    return found.toSorted()
  }
  const keysOf = async (queued: QueuedVersion): Promise<string[]> =>
    [...new Set((await sizesOf(queued)).map(({ storeKey }) => storeKey))].toSorted()
  /** A pool that records the requested presets, and runs `meanwhile` between rendering and storing. */
  const watching = (requested: string[], meanwhile = async (): Promise<unknown> => undefined): Partial<JobContext> => ({
    pool: {
      render: async (request, aborted) => {
        requested.push(...request.presets.map(({ name }) => name))
        const rendered = await context.pool.render(request, aborted)
        await meanwhile()
        return rendered
      },
    },
  })
  /** Runs the work only the first time. */
  const once = (work: () => Promise<unknown>): (() => Promise<unknown>) => {
    let isDone = false
    return async () => {
      if (isDone) return
      isDone = true
      await work()
    }
  }

  it('renders only the stale presets, and deletes the previous renditions', async () => {
    const queued = await ready()
    const [before, events] = [await sizesOf(queued), await mediasdb.Event.count()]
    const { updatedAt } = await reload(mediasdb.Media, queued.media)
    const job = await regenerate(queued)
    const requested: string[] = []
    expect(await run(job, { ...watching(requested), presets: narrowed })).toBe('done')
    expect(requested).toEqual(['small'])
    expect(await changedSince(queued, before)).toEqual(['small.avif', 'small.jpeg'])
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
    expect(await mediasdb.CondemnedRendition.count()).toBe(0)
    expect(await isOpen(job)).toBe(false)
    expect(await mediasdb.Event.count()).toBe(events + 2)
    expect(await reload(mediasdb.Media, queued.media)).toMatchObject({ status: 'ready', updatedAt })
  })

  it('renders nothing if every size is up to date', async () => {
    const queued = await ready()
    const job = await regenerate(queued)
    const requested: string[] = []
    expect(await run(job, watching(requested))).toBe('done-already')
    expect([requested, await isOpen(job)]).toEqual([[], false])
  })

  it('renders every size of a regeneration of all sizes, once even if it is delivered twice', async () => {
    const queued = await ready()
    const before = await sizesOf(queued)
    const job = await regenerate(queued, { what: 'all' })
    const requested: string[] = []
    expect(await run(job, watching(requested))).toBe('done')
    expect(requested).toEqual(defaultPresets.map(({ name }) => name))
    expect(await changedSince(queued, before)).toHaveLength(10)
    expect(await keysOf(queued)).toEqual([...new Set(before.map(({ storeKey }) => storeKey))].toSorted())
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
    expect(await run(job, watching(requested))).toBe('done-already')
    expect(requested).toHaveLength(5)
  })

  it('renders every size by force, without a regeneration', async () => {
    const queued = await ready()
    const requested: string[] = []
    expect(await run({ ...queued.job, force: true }, watching(requested))).toBe('done')
    expect(requested).toHaveLength(5)
  })

  it('keeps the sizes of presets that were not requested, unless the preset is deleted', async () => {
    const queued = await ready()
    const before = await sizesOf(queued)
    const presets: Preset[] = narrowed
      .filter(({ name }) => name !== 'xlarge')
      .map((preset) => (preset.name === 'medium' ? { ...preset, formats: ['jpeg'] } : preset))
    const requested: string[] = []
    const job = await regenerate(queued, { presets: ['small', 'xlarge'] })
    expect(await run(job, { ...watching(requested), presets })).toBe('done')
    expect(requested).toEqual(['small'])
    expect(await changedSince(queued, before)).toEqual(['small.avif', 'small.jpeg'])
    const left = before.map(named).filter((size) => !size.startsWith('xlarge'))
    expect((await sizesOf(queued)).map(named)).toEqual(left)
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
  })

  it('deletes the sizes of deleted presets without rendering', async () => {
    const queued = await ready()
    const requested: string[] = []
    const presets = defaultPresets.filter(({ name }) => name !== 'thumb')
    expect(await run(await regenerate(queued), { ...watching(requested), presets })).toBe('done')
    expect(requested).toEqual([])
    expect((await sizesOf(queued)).map(named)).not.toContain('thumb.jpeg')
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({ status: 'ready', attempts: 0 })
  })

  it('does nothing when its regeneration is cancelled or deleted', async () => {
    const queued = await ready()
    const job = await regenerate(queued, { what: 'all' })
    const [regeneration] = await mediasdb.Regeneration.findAll({ where: { id: job.regenerationId ?? '' } })
    await mediasdb.RegenerationJob.destroy({ where: { versionId: queued.version.id } })
    await mediasdb.Regeneration.update(
      { status: 'cancelled', finishedAt: new Date() },
      { where: { id: regeneration?.id ?? '' } },
    )
    const requested: string[] = []
    expect(await run(job, watching(requested))).toBe('cancelled')
    await mediasdb.Regeneration.destroy({ where: { id: regeneration?.id ?? '' } })
    expect(await run(job, watching(requested))).toBe('cancelled')
    expect(requested).toEqual([])
  })

  it('keeps its renditions when its regeneration is cancelled during the render', async () => {
    const queued = await ready()
    const job = await regenerate(queued, { what: 'all' })
    const before = await sizesOf(queued)
    const cancel = () => mediasdb.RegenerationJob.destroy({ where: { versionId: queued.version.id } })
    expect(await run(job, watching([], cancel))).toBe('done')
    expect(await changedSince(queued, before)).toHaveLength(10)
  })

  it('ends when the media is deleted or trashed, before or during the render', async () => {
    const [gone, going, trashed] = [await ready(), await ready(), await ready()]
    const jobs = [await regenerate(gone), await regenerate(going, { what: 'all' }), await regenerate(trashed)] as const
    await mediasdb.Media.destroy({ where: { id: gone.media.id } })
    await mediasdb.Media.update({ trashedAt: new Date() }, { where: { id: trashed.media.id } })
    expect(await run(jobs[0])).toBe('gone')
    const deletion = (): Promise<unknown> => mediasdb.Media.destroy({ where: { id: going.media.id } })
    expect(await run(jobs[1], watching([], deletion))).toBe('gone')
    expect(await run(jobs[2])).toBe('gone')
    expect(await Promise.all(jobs.map(isOpen))).toEqual([false, false, false])
  })

  it('deletes its renditions when the media is trashed during the render', async () => {
    const queued = await ready()
    const before = await filesOf(queued)
    const job = await regenerate(queued)
    const trash = (): Promise<unknown> =>
      mediasdb.Media.update({ trashedAt: new Date() }, { where: { id: queued.media.id } })
    expect(await run(job, { ...watching([], trash), presets: narrowed })).toBe('gone')
    expect(await filesOf(queued)).toEqual(before)
    expect(await keysOf(queued)).toEqual(before)
    expect(await isOpen(job)).toBe(false)
  })

  it('deletes a rendition only when no media with the same bytes references it', async () => {
    const bytes = await picture()
    const [one, other] = [await ready(bytes), await ready(bytes)]
    const before = await filesOf(one)
    expect(await run(await regenerate(one), { presets: narrowed })).toBe('done')
    expect(await filesOf(one)).toEqual(expect.arrayContaining(before))
    expect(await run(await regenerate(other), { presets: narrowed })).toBe('done')
    expect(await filesOf(one)).toEqual(await keysOf(one))
    expect(await keysOf(other)).toEqual(await keysOf(one))
  })

  it('is retried when renditions of the source were condemned during the render', async () => {
    const bytes = await picture()
    const one = await ready(bytes)
    const other = await addVersion({ mediasdb, store }, bytes)
    // A worker with the previous presets finishes the other media while the first media is regenerated.
    const another = await makeContext()
    const regenerateFirst = once(async () => {
      expect(await run(await regenerate(one), { ...another, presets: narrowed })).toBe('done')
    })
    const storing: Partial<JobContext> = {
      store: {
        ...store,
        put: async (key, source) => {
          const put = await store.put(key, source)
          if (key.includes('small')) await regenerateFirst()
          return put
        },
      },
    }
    await expect(run(other.job, storing)).rejects.toBeInstanceOf(TransientError)
    expect(await reload(mediasdb.MediaVersion, other.version)).toMatchObject({ status: 'processing', attempts: 0 })
    expect(await run(other.job, storing)).toBe('done')
    for (const key of [...(await keysOf(one)), ...(await keysOf(other))]) {
      expect([key, await store.stat(key)]).toEqual([key, expect.anything()])
    }
    await close(another)
  })

  it('deletes condemned renditions that a killed worker left, before it stores new ones', async () => {
    const queued = await ready()
    const [small] = (await sizesOf(queued)).filter(({ preset }) => preset === 'small')
    const abandoned = `${small?.storeKey}`
    await run(await regenerate(queued), { presets: narrowed })
    await store.put(abandoned, Buffer.from('old'))
    await mediasdb.CondemnedRendition.create({ storeKey: abandoned, sha256: queued.blob.sha256 })
    // With the previous presets again, the new rendition has the key of the condemned one.
    expect(await run(await regenerate(queued))).toBe('done')
    expect(await mediasdb.CondemnedRendition.count()).toBe(0)
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
    expect(await keysOf(queued)).toContain(abandoned)
    expect(await store.stat(abandoned)).toEqual({ bytes: small?.bytes })
  })

  it('succeeds when the store cannot delete, and the condemned renditions stay', async () => {
    const queued = await ready()
    const broken: FileStore = { ...store, delete: () => Promise.reject(new Error('The store is read-only')) }
    expect(await run(await regenerate(queued), { presets: narrowed, store: broken })).toBe('done')
    expect(await mediasdb.CondemnedRendition.count()).toBe(2)
    expect(await filesOf(queued)).toHaveLength((await keysOf(queued)).length + 2)
  })
})
