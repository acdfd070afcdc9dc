import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { defaultPresets, jobQueue, type Preset } from '@likeness/media-jobs'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, queueDepth, type Json, type ServiceProcess } from '@likeness/test-kit'

import { startBackground } from '../src/background.ts'
import { startEnqueueing } from '../src/regenerations/enqueue-regenerations.ts'
import { formerBytes, leaveStale } from './left-behind.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { rendered, startWorker } from './real-worker.ts'
import { finishVersion } from './rendered.ts'

let medias: MediasUnderTest
let presetsFile: string
let background: BackgroundTask
let worker: ServiceProcess | undefined
let ada: Client
let operator: Client

beforeAll(async () => {
  presetsFile = join(await mkdtemp(join(tmpdir(), 'likeness-presets-')), 'presets.json')
  await writeFile(presetsFile, JSON.stringify(defaultPresets))
  medias = await startMedias({ variables: { PRESETS_FILE: presetsFile } })
  background = startBackground(medias.context)
  operator = medias.somebody('jobs:*', 'media:*')
})
beforeEach(async () => {
  ada = medias.somebody()
  await medias.rows('DELETE FROM media')
  await medias.rows('DELETE FROM regeneration')
  await medias.context.store.deletePrefix('renditions/')
})
afterEach(() => stopWorker())
afterAll(async () => {
  await background?.stop()
  await medias?.stop()
  await rm(dirname(presetsFile), { recursive: true })
})

const soon = <T>(attempt: () => Promise<T>, limitMs = 60_000) => eventually(attempt, { limitMs, everyMs: 20 })
const work = async (environment?: Record<string, string>) => {
  worker = await startWorker(medias, environment)
}
async function stopWorker(): Promise<void> {
  await worker?.stop()
  worker = undefined
}
const upload = async (size = {}): Promise<Json> => (await ada.upload({ bytes: await drawPicture(size) })).body
/** Adds pictures whose sizes are up to date. */
async function addReady(count: number, size = {}): Promise<Json[]> {
  const media = []
  for (let index = 0; index < count; index++) {
    const { id } = await upload(size)
    await finishVersion(medias, id)
    media.push((await ada.get(`/media/${id}`)).body)
  }
  // The jobs of the uploads are not part of these tests.
  const queues = [jobQueue('express'), jobQueue('interactive')]
  await soon(async () => {
    for (const queue of queues) await purge(queue)
    expect(await medias.rows('SELECT FROM outbox')).toEqual([])
  })
  for (const queue of queues) await purge(queue)
  return media
}
async function addStale(count: number, size = {}): Promise<Json[]> {
  const media = await addReady(count, size)
  await leaveStale(
    medias,
    media.map(({ id }) => id),
  )
  return media
}
const startRegeneration = async (body: unknown = {}): Promise<Json> =>
  (await operator.send('POST', '/regenerations', body)).body
const read = async ({ id }: Json): Promise<Json> => (await operator.get(`/regenerations/${id}`)).body
const waitForEnd = (regeneration: Json) =>
  soon(async () => {
    const now = await read(regeneration)
    expect(now.status).not.toBe('running')
    return now
  })
const inFlight = (regeneration: Json, count: number) =>
  soon(async () => {
    const rows = await medias.rows(
      `SELECT FROM regeneration_job WHERE regeneration_id = :id AND status = 'queued'`,
      regeneration,
    )
    expect(rows).toHaveLength(count)
    expect(await medias.rows('SELECT FROM outbox')).toEqual([])
  })
const sizesOf = async ({ id }: Json): Promise<Json[]> => (await ada.get(`/media/${id}`)).body.currentVersion.sizes
const staleOf = async (media: Json) => (await sizesOf(media)).filter(({ stale }) => stale)
const bytesAt = async (url: string) => Buffer.from(await (await ada.fetch(url.replace('/api/v1', ''))).arrayBuffer())
const versionIdOf = async ({ id }: Json) =>
  (await medias.rows('SELECT current_version_id AS id FROM media WHERE id = :id', { id }))[0]?.['id'] as string
const keysNamed = async () =>
  (await medias.rows('SELECT DISTINCT store_key FROM media_size')).map((row) => String(row['store_key'])).toSorted()
const keysStored = async () => (await medias.stored()).filter((key) => key.startsWith('renditions/')).toSorted()
const purge = async (queue: string): Promise<number> => {
  const kept = medias.broker.keepChannel()
  const { messageCount } = await soon(async () => {
    const channel = kept.current()
    if (!channel) throw new Error('There is no channel yet')
    return channel.purgeQueue(queue)
  })
  await kept.close()
  return messageCount
}

describe('When the presets change', () => {
  const change = async (presets: Preset[]) => {
    await writeFile(presetsFile, JSON.stringify(presets))
    const names = presets.map(({ name, width }) => `${name} ${width}`)
    await soon(async () => {
      const { data } = (await ada.get('/presets')).body
      expect(data.map(({ name, width }: Preset) => `${name} ${width}`)).toEqual(names)
    })
  }
  afterEach(() => change([...defaultPresets]))

  it('then sizes of changed presets are stale until a regeneration is done, and others do not change', async () => {
    await work()
    const media = await rendered(ada, (await upload({ width: 900, height: 600 })).id)
    const before = await medias.rows('SELECT preset, format, created_at FROM media_size')

    const changed = defaultPresets
      .filter(({ name }) => name !== 'xlarge')
      .map((preset) => (preset.name === 'small' ? { ...preset, width: 300 } : preset))
    await change([...changed, { ...changed[0], name: 'square', width: 100, height: 100 } as Preset])
    const stale = (await staleOf(media)).map(({ preset, format }) => `${preset}.${format}`)
    expect(stale.toSorted()).toEqual(['small.avif', 'small.jpeg', 'xlarge.avif', 'xlarge.jpeg'])

    expect(await waitForEnd(await startRegeneration())).toMatchObject({ status: 'done', total: 1, done: 1, failed: 0 })
    expect(await staleOf(media)).toEqual([])
    const sizes = (await sizesOf(media)).map(({ preset, format, width }) => `${preset}.${format} ${width}`)
    expect(sizes.toSorted()).toEqual([
      'large.avif 900',
      'large.jpeg 900',
      'medium.avif 640',
      'medium.jpeg 640',
      'small.avif 300',
      'small.jpeg 300',
      'square.avif 100',
      'square.jpeg 100',
      'thumb.avif 200',
      'thumb.jpeg 200',
    ])
    const after = await medias.rows('SELECT preset, format, created_at FROM media_size')
    const untouched = before.filter(({ preset }) => preset !== 'small' && preset !== 'xlarge')
    expect(after).toEqual(expect.arrayContaining(untouched))
    expect(await keysStored()).toEqual(await keysNamed())
  })
})

describe('When sizes are stale', () => {
  it('then the old sizes are served until the new ones are rendered, and are then deleted', async () => {
    const media = await addStale(3)
    expect(await staleOf(media[0])).toHaveLength(10)
    expect(await keysStored()).toEqual(await keysNamed())

    const regeneration = await startRegeneration()
    expect(regeneration).toMatchObject({ status: 'running', total: 3, done: 0, failed: 0 })
    await inFlight(regeneration, 3)
    for (const { url } of await sizesOf(media[0])) expect(await bytesAt(url)).toEqual(formerBytes)

    await work()
    const done = await waitForEnd(regeneration)
    expect(done).toMatchObject({ status: 'done', total: 3, done: 3, failed: 0, failures: [], rate: null })
    for (const one of media) {
      expect(await staleOf(one)).toEqual([])
      for (const { url, bytes } of await sizesOf(one)) expect(await bytesAt(url)).toHaveLength(bytes)
    }
    expect(await keysStored()).toEqual(await keysNamed())
    expect((await startRegeneration()).total).toBe(0)
  })

  it('then a client that reads a size repeatedly always gets a complete file, old or new', async () => {
    const [media] = await addStale(1)
    const regeneration = await startRegeneration()
    await inFlight(regeneration, 1)
    const { url } = (await sizesOf(media)).find(({ preset, format }) => preset === 'small' && format === 'jpeg')
    const seen = new Set<string>()
    const reader = new AbortController()
    const reading = (async () => {
      while (!reader.signal.aborted) {
        const response = await ada.fetch(url.replace('/api/v1', ''))
        seen.add(`${response.status} ${(await response.arrayBuffer()).byteLength}`)
      }
    })()
    await work()
    await waitForEnd(regeneration)
    reader.abort()
    await reading
    const now = (await sizesOf(media)).find((size) => size.url === url)
    expect([...seen].toSorted()).toEqual([`200 ${formerBytes.length}`, `200 ${now.bytes}`].toSorted())
  })

  it('then a size whose file is deleted after its row was read is read again', async () => {
    const [media] = await addReady(1)
    const { url } = (await sizesOf(media)).find(({ preset, format }) => preset === 'small' && format === 'jpeg')
    const [size] = await medias.rows(
      `SELECT id, store_key FROM media_size WHERE preset = 'small' AND format = 'jpeg' AND version_id = :id`,
      { id: await versionIdOf(media) },
    )
    const former = String(size?.['store_key'])
    const key = former.replace('small-', 'small-0')
    const { store } = medias.context
    const { localPath, read: open } = store
    store.localPath = () => null
    // A worker commits a new size and deletes the old file just before the file is opened.
    store.read = async (asked, range) => {
      if (asked === former) {
        await store.put(key, formerBytes)
        await medias.rows('UPDATE media_size SET store_key = :key, bytes = :bytes WHERE id = :id', {
          id: size?.['id'],
          key,
          bytes: formerBytes.length,
        })
        await store.delete(former)
      }
      return open(asked, range)
    }
    try {
      expect(await bytesAt(url)).toEqual(formerBytes)
      await store.delete(key)
      expect((await ada.fetch(url.replace('/api/v1', ''))).status).toBe(503)
    } finally {
      Object.assign(store, { localPath, read: open })
    }
  })

  it('then only the requested presets are rendered', async () => {
    const [media] = await addStale(1)
    await work()
    const regeneration = await startRegeneration({ filter: { presets: ['thumb', 'small'] } })
    expect(await waitForEnd(regeneration)).toMatchObject({ status: 'done', total: 1, done: 1 })
    const stale = new Set((await staleOf(media)).map(({ preset }) => preset))
    expect([...stale].toSorted()).toEqual(['large', 'medium', 'xlarge'])
    expect(await keysStored()).toEqual(await keysNamed())
  })

  it('then sizes of deleted presets are removed with their bytes', async () => {
    const [media] = await addReady(1)
    const key = `renditions/${media.currentVersion.sha256}/tiny-${'0'.repeat(16)}.jpeg`
    await medias.context.store.put(key, formerBytes)
    await medias.rows(
      `INSERT INTO media_size (id, version_id, preset, format, width, height, bytes, store_key, fingerprint)
       VALUES (gen_random_uuid(), :versionId, 'tiny', 'jpeg', 3, 2, 24, :key, repeat('0', 16))`,
      { versionId: await versionIdOf(media), key },
    )
    expect(await staleOf(media)).toHaveLength(1)
    const regeneration = await startRegeneration()
    await work()
    expect(await waitForEnd(regeneration)).toMatchObject({ status: 'done', total: 1, done: 1 })
    expect((await sizesOf(media)).map(({ preset }) => preset)).not.toContain('tiny')
    expect(await medias.stored()).not.toContain(key)
  })
})

describe('When a regeneration renders all sizes', () => {
  it('then every version is rendered again, and is the same afterwards', async () => {
    await work()
    const media = await Promise.all([await upload(), await upload()].map(({ id }) => rendered(ada, id)))
    const before = await Promise.all(media.map(sizesOf))
    await medias.rows(`UPDATE media_size SET created_at = '2020-01-01'`)
    expect(await waitForEnd(await startRegeneration({ only: 'all' }))).toMatchObject({
      status: 'done',
      total: 2,
      done: 2,
    })
    expect(await medias.rows(`SELECT FROM media_size WHERE created_at < '2021-01-01'`)).toEqual([])
    expect(await Promise.all(media.map(sizesOf))).toEqual(before)
    expect(await keysStored()).toEqual(await keysNamed())
  })
})

describe('When a regeneration is cancelled', () => {
  it('then no other picture is rendered, and jobs in flight are dropped', async () => {
    const media = await addStale(6)
    const regeneration = await startRegeneration()
    await inFlight(regeneration, 6)
    expect((await operator.send('DELETE', `/regenerations/${regeneration.id}`)).status).toBe(204)
    await work()
    await soon(async () => expect(await queueDepth(medias.vhost, jobQueue('bulk'))).toBe(0))
    await soon(async () => expect(worker?.log.filter(({ event }) => event === 'job.done')).toHaveLength(6))
    const outcomes = worker?.log.filter(({ event }) => event === 'job.done').map(({ outcome }) => outcome)
    expect(new Set(outcomes)).toEqual(new Set(['cancelled']))
    for (const one of media) expect(await staleOf(one)).toHaveLength(10)
    expect(await read(regeneration)).toMatchObject({ status: 'cancelled', total: 6, done: 0, failed: 0 })
  })
})

describe('When some versions cannot be rendered', () => {
  it('then they are listed with a reason, keep their old sizes, and are included in the next regeneration', async () => {
    const [good, bad] = await addStale(2)
    const [original] = await medias.rows('SELECT store_key FROM blob WHERE sha256 = :sha256', bad.currentVersion)
    const key = String(original?.['store_key'])
    const bytes = Buffer.from(await (await ada.fetch(`/media/${bad.id}/file`)).arrayBuffer())
    await medias.context.store.put(key, Buffer.from('no picture any more'))
    await work()
    const first = await waitForEnd(await startRegeneration())
    const versionId = await versionIdOf(bad)
    expect(first).toMatchObject({
      status: 'done',
      total: 2,
      done: 1,
      failed: 1,
      failures: [{ mediaId: bad.id, versionId, code: 'not-an-image', reason: expect.any(String) }],
    })
    expect((await ada.get(`/media/${bad.id}`)).body).toMatchObject({
      status: 'ready',
      currentVersion: { status: 'ready', error: null },
    })
    const [size] = await staleOf(bad)
    expect(await bytesAt(size.url)).toEqual(formerBytes)
    expect(await staleOf(good)).toEqual([])

    await medias.context.store.put(key, bytes)
    expect(await waitForEnd(await startRegeneration())).toMatchObject({ status: 'done', total: 1, done: 1, failed: 0 })
    expect(await staleOf(bad)).toEqual([])
    expect((await read(first)).failed).toBe(1)
  })

  it('then a version that failed after ten crashes is rendered by the next regeneration', async () => {
    const [media] = await addStale(1)
    await medias.rows('UPDATE media_version SET attempts = 10')
    await work()
    expect(await waitForEnd(await startRegeneration())).toMatchObject({
      failed: 1,
      failures: [{ code: 'render-crashed' }],
    })
    expect(await waitForEnd(await startRegeneration())).toMatchObject({ done: 1, failed: 0 })
    expect(await staleOf(media)).toEqual([])
  })
})

describe('When the broker has lost the jobs', () => {
  it('then the lost jobs are enqueued again', async () => {
    await addStale(4)
    const regeneration = await startRegeneration()
    await inFlight(regeneration, 4)
    expect(await purge(jobQueue('bulk'))).toBe(4)
    await work()
    const wait = (since: string) =>
      medias.rows(`UPDATE regeneration SET moved_at = now() - CAST(:since AS interval) WHERE id = :id`, {
        since,
        id: regeneration.id,
      })
    await wait('1 minute')
    await soon(async () => expect(await queueDepth(medias.vhost, jobQueue('bulk'))).toBe(0))
    expect(await read(regeneration)).toMatchObject({ status: 'running', done: 0 })
    await wait('3 minutes')
    expect(await waitForEnd(regeneration)).toMatchObject({ status: 'done', total: 4, done: 4, failed: 0 })
  })

  it('then the jobs are enqueued again less and less often while no worker runs', async () => {
    await addStale(1)
    const regeneration = await startRegeneration()
    await inFlight(regeneration, 1)
    // The broker updates the number of messages of a queue with a delay.
    await soon(async () => expect(await queueDepth(medias.vhost, jobQueue('bulk'))).toBe(1))
    const stoodStillFor = (minutes: number) =>
      medias.rows('UPDATE regeneration SET moved_at = now() - make_interval(mins => :minutes) WHERE id = :id', {
        minutes,
        id: regeneration.id,
      })
    const askedAgain = async () => {
      const [row] = await medias.rows('SELECT asked_again FROM regeneration WHERE id = :id', regeneration)
      return row?.['asked_again']
    }
    for (const [times, tooEarly, late] of [
      [1, 14, 16],
      [2, 29, 31],
      [3, 59, 61],
    ] as const) {
      await stoodStillFor(tooEarly)
      // Longer than the polling interval of the service.
      await medias.rows('SELECT pg_sleep(1.5)')
      expect(await askedAgain()).toBe(times - 1)
      await stoodStillFor(late)
      await soon(async () => expect(await askedAgain()).toBe(times))
    }
  })
})

describe('When the fleet is paused', () => {
  it('then no jobs are enqueued, and the regeneration continues when the fleet is resumed', async () => {
    await addStale(2)
    await medias.rows('UPDATE fleet SET paused = true')
    const regeneration = await startRegeneration()
    expect(regeneration).toMatchObject({ status: 'running', total: 2 })
    await medias.rows('SELECT pg_sleep(1.5)')
    expect(await medias.rows('SELECT FROM regeneration_job')).toEqual([])
    expect(await read(regeneration)).toMatchObject({ rate: null, secondsLeft: null })
    await medias.rows('UPDATE fleet SET paused = false')
    await work()
    expect(await waitForEnd(regeneration)).toMatchObject({ status: 'done', done: 2 })
  })
})

describe('When two regenerations run at once', () => {
  it('then both finish, and each version is rendered once', async () => {
    await addStale(5)
    const [one, other] = await Promise.all([startRegeneration(), startRegeneration()])
    await inFlight(one, 5)
    await inFlight(other, 5)
    await work()
    for (const regeneration of [one, other]) {
      expect(await waitForEnd(regeneration)).toMatchObject({ status: 'done', total: 5, done: 5, failed: 0 })
    }
    const outcomes = worker?.log.filter(({ event }) => event === 'job.done').map(({ outcome }) => outcome)
    expect(outcomes?.toSorted()).toEqual([...Array(5).fill('done'), ...Array(5).fill('done-already')])
  })
})

describe('When pictures are uploaded during a regeneration', () => {
  it('then they are ready before most of the regeneration is done', async () => {
    await addStale(24)
    const regeneration = await startRegeneration({ only: 'all' })
    await inFlight(regeneration, 24)
    const uploads = [await upload(), await upload(), await upload(), await upload()]
    // One of the slots never renders bulk jobs.
    await work({ WORKER_SLOTS: '2' })
    for (const { id } of uploads) await rendered(ada, id)
    expect(await waitForEnd(regeneration)).toMatchObject({ status: 'done', total: 24, done: 24 })

    // By the worker's own log, because on a busy machine the test learns late that a picture is ready.
    const ids = new Set<unknown>(uploads.map(({ id }) => id))
    const done = () => (worker?.log ?? []).filter(({ event }) => event === 'job.done').map(({ mediaId }) => mediaId)
    await soon(async () => expect(done()).toHaveLength(24 + uploads.length))
    const lastUpload = done().findLastIndex((mediaId) => ids.has(mediaId))
    expect(lastUpload + 1 - uploads.length).toBeLessThan(18)
  })
})

describe('When several services enqueue the jobs of a regeneration', () => {
  it('then each version is enqueued once', async () => {
    const another = await medias.startAnother()
    const enqueueing = startEnqueueing(another.context)
    const [media] = await addStale(1)
    // More versions than one step enqueues. They share one original, because no worker renders them.
    await medias.rows(
      `INSERT INTO media_version (id, media_id, number, blob_id, status, created_by)
       SELECT gen_random_uuid(), v.media_id, n, v.blob_id, 'ready', v.created_by
       FROM media_version v, generate_series(2, 350) n WHERE v.media_id = :id`,
      media,
    )
    const regeneration = await startRegeneration()
    await inFlight(regeneration, 350)
    expect(await queueDepth(medias.vhost, jobQueue('bulk'))).toBe(350)
    expect(await read(regeneration)).toMatchObject({ status: 'running', total: 350, done: 0 })
    await operator.send('DELETE', `/regenerations/${regeneration.id}`)
    await purge(jobQueue('bulk'))
    await enqueueing.stop()
    await another.stop()
  })
})

describe('When the jobs of a regeneration cannot be enqueued', () => {
  it('then later regenerations are not affected', async () => {
    await addStale(1)
    const fault = await medias.rows(
      `INSERT INTO regeneration (id, what, filter) VALUES (gen_random_uuid(), 'all', '{"createdBefore":"never"}')
       RETURNING id`,
    )
    const regeneration = await startRegeneration()
    await work()
    expect(await waitForEnd(regeneration)).toMatchObject({ status: 'done', total: 1, done: 1 })
    expect(await read(fault[0])).toMatchObject({ status: 'running', done: 0 })
  })
})

describe('While a regeneration runs', () => {
  it('then its progress never decreases, and it shows its rate and the remaining time', async () => {
    // Large enough to take some seconds in total.
    await addStale(12, { width: 1_500, height: 1_000 })
    const regeneration = await startRegeneration()
    await work()
    const seen: Json[] = []
    await soon(async () => {
      seen.push(await read(regeneration))
      expect(seen.at(-1).status).toBe('done')
    })
    for (const [index, { total, done, failed }] of seen.entries()) {
      expect(done + failed).toBeGreaterThanOrEqual(seen[index - 1]?.done ?? 0)
      expect([total, done + failed <= total]).toEqual([12, true])
    }
    const [midway] = seen.filter(({ status, rate, done }) => status === 'running' && rate > 0 && done < 12)
    // The rate is rounded to hundredths.
    const left = 12 - midway?.done
    expect(midway?.secondsLeft).toBeGreaterThanOrEqual(Math.floor(left / (midway?.rate + 0.005)))
    expect(midway?.secondsLeft).toBeLessThanOrEqual(Math.ceil(left / (midway?.rate - 0.005)))
  })
})
