import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openDiskStore, type FileStore } from '@likeness/media-files'
import { defaultPresets, TransientError, type Preset, type RenderJob } from '@likeness/media-jobs'
import { openMediasdb, type MediaSizeModel, type Mediasdb } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'
import { createLogger } from '@likeness/service-kit/process'
import { createDatabase, type TestDatabase } from '@likeness/test-kit'
import sharp from 'sharp'
import { uuidv7 } from 'uuidv7'

import { createContext } from '../src/context.ts'
import { environmentSchema } from '../src/env.ts'
import type { JobContext } from '../src/job/job-context.ts'
import { renderVersion, type RenderOutcome } from '../src/job/render-version.ts'
import { addVersion, jobContextOf, reload, type QueuedVersion } from './library.ts'

const logger = createLogger({ service: 'test', level: 'silent' })
const never = new AbortController().signal

/** The default presets, with `small` a little narrower. */
const narrowed = defaultPresets.map((preset) => (preset.name === 'small' ? { ...preset, width: 300 } : preset))

describe('the job of a regeneration', () => {
  let database: TestDatabase
  let folder: string
  let mediasdb: Mediasdb
  let store: FileStore
  let context: JobContext
  let hue = 0

  beforeAll(async () => {
    database = await createDatabase({ template: 'mediasdb' })
    folder = await mkdtemp(join(tmpdir(), 'likeness-worker-'))
    mediasdb = openMediasdb(database.url, { applicationName: 'test', poolSize: 5 })
    store = openDiskStore(folder)
  })
  beforeEach(async () => {
    context = await makeContext()
  })
  afterEach(() => close(context))
  afterAll(async () => {
    await mediasdb.close()
    await database.drop()
    await rm(folder, { recursive: true })
  })

  const makeContext = async (): Promise<JobContext> => {
    const environment = environmentSchema.parse({
      MEDIASDB_URL: database.url,
      MEDIA_STORE_DIR: folder,
      AMQP_URL: 'amqp://127.0.0.1:1',
      WORKER_SLOTS: 1,
    })
    return jobContextOf(await createContext(environment, logger, { mediasdb, store }))
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
  /** A version that is ready, by the default presets. */
  const ready = async (bytes?: Buffer): Promise<QueuedVersion> => {
    const queued = await addVersion({ mediasdb, store }, bytes ?? (await picture()))
    expect(await run(queued.job)).toBe('done')
    return queued
  }
  const order = async (
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
  /** A pool that says what it was asked for, and lets something happen between rendering and storing. */
  const watching = (asked: string[], meanwhile = async (): Promise<unknown> => undefined): Partial<JobContext> => ({
    pool: {
      render: async (request, aborted) => {
        asked.push(...request.presets.map(({ name }) => name))
        const rendered = await context.pool.render(request, aborted)
        await meanwhile()
        return rendered
      },
    },
  })
  /** The first time only. */
  const once = (work: () => Promise<unknown>): (() => Promise<unknown>) => {
    let isDone = false
    return async () => {
      if (isDone) return
      isDone = true
      await work()
    }
  }

  it('renders the presets that are stale and no others, and leaves no object of before', async () => {
    const queued = await ready()
    const [before, events] = [await sizesOf(queued), await mediasdb.Event.count()]
    const { updatedAt } = await reload(mediasdb.Media, queued.media)
    const job = await order(queued)
    const asked: string[] = []
    expect(await run(job, { ...watching(asked), presets: narrowed })).toBe('done')
    expect(asked).toEqual(['small'])
    expect(await changedSince(queued, before)).toEqual(['small.avif', 'small.jpeg'])
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
    expect(await mediasdb.CondemnedRendition.count()).toBe(0)
    expect(await isOpen(job)).toBe(false)
    expect(await mediasdb.Event.count()).toBe(events + 2)
    expect(await reload(mediasdb.Media, queued.media)).toMatchObject({ status: 'ready', updatedAt })
  })

  it('does not render what is up to date, however it is asked', async () => {
    const queued = await ready()
    const job = await order(queued)
    const asked: string[] = []
    expect(await run(job, watching(asked))).toBe('done-already')
    expect([asked, await isOpen(job)]).toEqual([[], false])
  })

  it('renders everything anew where all is wanted, once however often it comes', async () => {
    const queued = await ready()
    const before = await sizesOf(queued)
    const job = await order(queued, { what: 'all' })
    const asked: string[] = []
    expect(await run(job, watching(asked))).toBe('done')
    expect(asked).toEqual(defaultPresets.map(({ name }) => name))
    expect(await changedSince(queued, before)).toHaveLength(10)
    expect(await keysOf(queued)).toEqual([...new Set(before.map(({ storeKey }) => storeKey))].toSorted())
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
    expect(await run(job, watching(asked))).toBe('done-already')
    expect(asked).toHaveLength(5)
  })

  it('renders anew by force, without any regeneration', async () => {
    const queued = await ready()
    const asked: string[] = []
    expect(await run({ ...queued.job, force: true }, watching(asked))).toBe('done')
    expect(asked).toHaveLength(5)
  })

  it('leaves the sizes of presets that were not asked for, but for those of presets that are no more', async () => {
    const queued = await ready()
    const before = await sizesOf(queued)
    const presets: Preset[] = narrowed
      .filter(({ name }) => name !== 'xlarge')
      .map((preset) => (preset.name === 'medium' ? { ...preset, formats: ['jpeg'] } : preset))
    const asked: string[] = []
    const job = await order(queued, { presets: ['small', 'xlarge'] })
    expect(await run(job, { ...watching(asked), presets })).toBe('done')
    expect(asked).toEqual(['small'])
    expect(await changedSince(queued, before)).toEqual(['small.avif', 'small.jpeg'])
    const left = before.map(named).filter((size) => !size.startsWith('xlarge'))
    expect((await sizesOf(queued)).map(named)).toEqual(left)
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
  })

  it('removes sizes that nobody asks for, without rendering anything', async () => {
    const queued = await ready()
    const asked: string[] = []
    const presets = defaultPresets.filter(({ name }) => name !== 'thumb')
    expect(await run(await order(queued), { ...watching(asked), presets })).toBe('done')
    expect(asked).toEqual([])
    expect((await sizesOf(queued)).map(named)).not.toContain('thumb.jpeg')
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
    expect(await reload(mediasdb.MediaVersion, queued.version)).toMatchObject({ status: 'ready', attempts: 0 })
  })

  it('is dropped when its regeneration was cancelled, or is gone', async () => {
    const queued = await ready()
    const job = await order(queued, { what: 'all' })
    const [regeneration] = await mediasdb.Regeneration.findAll({ where: { id: job.regenerationId ?? '' } })
    await mediasdb.RegenerationJob.destroy({ where: { versionId: queued.version.id } })
    await mediasdb.Regeneration.update(
      { status: 'cancelled', finishedAt: new Date() },
      { where: { id: regeneration?.id ?? '' } },
    )
    const asked: string[] = []
    expect(await run(job, watching(asked))).toBe('cancelled')
    await mediasdb.Regeneration.destroy({ where: { id: regeneration?.id ?? '' } })
    expect(await run(job, watching(asked))).toBe('cancelled')
    expect(asked).toEqual([])
  })

  it('keeps what it has rendered when its regeneration is cancelled meanwhile', async () => {
    const queued = await ready()
    const job = await order(queued, { what: 'all' })
    const before = await sizesOf(queued)
    const cancel = () => mediasdb.RegenerationJob.destroy({ where: { versionId: queued.version.id } })
    expect(await run(job, watching([], cancel))).toBe('done')
    expect(await changedSince(queued, before)).toHaveLength(10)
  })

  it('is over when the media went, before or meanwhile', async () => {
    const [gone, going, trashed] = [await ready(), await ready(), await ready()]
    const jobs = [await order(gone), await order(going, { what: 'all' }), await order(trashed)] as const
    await mediasdb.Media.destroy({ where: { id: gone.media.id } })
    await mediasdb.Media.update({ trashedAt: new Date() }, { where: { id: trashed.media.id } })
    expect(await run(jobs[0])).toBe('gone')
    const deletion = (): Promise<unknown> => mediasdb.Media.destroy({ where: { id: going.media.id } })
    expect(await run(jobs[1], watching([], deletion))).toBe('gone')
    expect(await run(jobs[2])).toBe('gone')
    expect(await Promise.all(jobs.map(isOpen))).toEqual([false, false, false])
  })

  it('drops what it has rendered for a media that was trashed meanwhile', async () => {
    const queued = await ready()
    const before = await filesOf(queued)
    const job = await order(queued)
    const trash = (): Promise<unknown> =>
      mediasdb.Media.update({ trashedAt: new Date() }, { where: { id: queued.media.id } })
    expect(await run(job, { ...watching([], trash), presets: narrowed })).toBe('gone')
    expect(await filesOf(queued)).toEqual(before)
    expect(await keysOf(queued)).toEqual(before)
    expect(await isOpen(job)).toBe(false)
  })

  it('deletes an object only when no media with the same bytes names it any more', async () => {
    const bytes = await picture()
    const [one, other] = [await ready(bytes), await ready(bytes)]
    const before = await filesOf(one)
    expect(await run(await order(one), { presets: narrowed })).toBe('done')
    expect(await filesOf(one)).toEqual(expect.arrayContaining(before))
    expect(await run(await order(other), { presets: narrowed })).toBe('done')
    expect(await filesOf(one)).toEqual(await keysOf(one))
    expect(await keysOf(other)).toEqual(await keysOf(one))
  })

  it('renders again when what it was about to name was condemned meanwhile', async () => {
    const bytes = await picture()
    const one = await ready(bytes)
    const other = await addVersion({ mediasdb, store }, bytes)
    // A worker that has not heard of the new presets is just done with the other media when the first is regenerated.
    const another = await makeContext()
    const regenerate = once(async () => {
      expect(await run(await order(one), { ...another, presets: narrowed })).toBe('done')
    })
    const storing: Partial<JobContext> = {
      store: {
        ...store,
        put: async (key, source) => {
          const put = await store.put(key, source)
          if (key.includes('small')) await regenerate()
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

  it('finishes what a worker that was killed had condemned, before it stores anything', async () => {
    const queued = await ready()
    const [small] = (await sizesOf(queued)).filter(({ preset }) => preset === 'small')
    const abandoned = `${small?.storeKey}`
    await run(await order(queued), { presets: narrowed })
    await store.put(abandoned, Buffer.from('of before'))
    await mediasdb.CondemnedRendition.create({ storeKey: abandoned, sha256: queued.blob.sha256 })
    // Back to the presets of before: the very key that is condemned is stored anew.
    expect(await run(await order(queued))).toBe('done')
    expect(await mediasdb.CondemnedRendition.count()).toBe(0)
    expect(await filesOf(queued)).toEqual(await keysOf(queued))
    expect(await keysOf(queued)).toContain(abandoned)
    expect(await store.stat(abandoned)).toEqual({ bytes: small?.bytes })
  })

  it('is not failed by a store that cannot delete: what is condemned waits', async () => {
    const queued = await ready()
    const broken: FileStore = { ...store, delete: () => Promise.reject(new Error('The store is read-only')) }
    expect(await run(await order(queued), { presets: narrowed, store: broken })).toBe('done')
    expect(await mediasdb.CondemnedRendition.count()).toBe(2)
    expect(await filesOf(queued)).toHaveLength((await keysOf(queued)).length + 2)
  })
})
