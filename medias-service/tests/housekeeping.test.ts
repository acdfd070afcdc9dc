import { randomUUID } from 'node:crypto'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { keys } from '@likeness/media-files'
import { jobQueue } from '@likeness/media-jobs'
import { eventually, type Json } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { runHousekeeping } from '../src/housekeeping/housekeeping.ts'
import { sweepStore } from '../src/housekeeping/sweep-store.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'

let medias: MediasUnderTest
let ada: Client

beforeAll(async () => {
  medias = await startMedias()
  ada = medias.somebody()
})
afterAll(() => medias?.stop())

const upload = async (bytes?: Buffer): Promise<Json> =>
  (await ada.upload({ bytes: bytes ?? (await drawPicture()) })).body
const hasFile = async (key: string) => (await medias.stored()).includes(key)
const blobOf = async ({ currentVersion: { sha256 } }: Json) =>
  (await medias.rows('SELECT id, store_key, state FROM blob WHERE sha256 = :sha256', { sha256 }))[0]

/** Writes a file to the store that is this many hours old. */
async function leave(key: string, hoursAgo: number): Promise<string> {
  const path = join(medias.storeFolder, key)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, 'left behind')
  const at = new Date(Date.now() - hoursAgo * 3_600_000)
  await utimes(path, at, at)
  return key
}

describe('When a process was killed in the middle of its work', () => {
  it('then unreferenced files are deleted after a day, and others stay', async () => {
    const media = await upload()
    const kept = String((await blobOf(media))?.['store_key'])
    await leave(kept, 48)
    // As an earlier release named them.
    const [upldOld, upldNew] = [
      await leave(`incoming/${randomUUID()}`, 25),
      await leave(`incoming/${randomUUID()}`, 23),
    ]
    const [origOld, origNew] = [
      await leave(keys.originalKey(uuidv7()), 25),
      await leave(keys.originalKey(uuidv7()), 23),
    ]
    const foreign = await leave('originals/aa/notes.txt', 25)
    await sweepStore(medias.context)
    expect(await hasFile(foreign)).toBe(false)
    expect(await Promise.all([upldOld, upldNew, origOld, origNew, kept].map(hasFile))).toEqual([
      false,
      true,
      false,
      true,
      true,
    ])
  })

  it('then the deletion of a condemned blob is finished', async () => {
    const media = await upload()
    await finishVersion(medias, media.id)
    const blob = await blobOf(media)
    await medias.rows('DELETE FROM media WHERE id = :id', media)
    await medias.rows(`UPDATE blob SET state = 'condemned' WHERE id = :id`, { id: blob?.['id'] })
    await medias.context.store.delete(String(blob?.['store_key']))
    await runHousekeeping(medias.context)
    expect(await blobOf(media)).toBeUndefined()
    expect((await medias.stored()).filter((key) => key.includes(media.currentVersion.sha256))).toEqual([])
  })

  it('then an unreferenced blob is deleted, unless it is so new that an upload may still reference it', async () => {
    const [old, young] = [await upload(), await upload()]
    const key = String((await blobOf(old))?.['store_key'])
    for (const { id } of [old, young]) await medias.rows('DELETE FROM media WHERE id = :id', { id })
    await medias.rows(
      `UPDATE blob SET created_at = now() - interval '2 hours' WHERE sha256 = :sha256`,
      old.currentVersion,
    )
    await runHousekeeping(medias.context)
    expect(await blobOf(old)).toBeUndefined()
    expect(await hasFile(key)).toBe(false)
    expect(await blobOf(young)).toMatchObject({ state: 'live' })
  })
})

describe('When a worker was killed before it deleted condemned renditions', () => {
  it('then they are deleted after a minute, unless a size references them again', async () => {
    const media = await upload()
    await finishVersion(medias, media.id)
    const { sha256 } = media.currentVersion
    const [named] = await medias.rows('SELECT store_key FROM media_size WHERE preset = :preset', { preset: 'small' })
    const condemn = async (key: string, age: string) =>
      medias.rows(
        `INSERT INTO condemned_rendition (store_key, sha256, created_at)
         VALUES (:key, :sha256, now() - CAST(:age AS interval))`,
        { key, sha256, age },
      )
    const old = await leave(keys.renditionKey({ sha256, preset: 'tiny', fingerprint: '0', format: 'jpeg' }), 0)
    await condemn(old, '30 seconds')
    await runHousekeeping(medias.context)
    expect(await hasFile(old)).toBe(true)

    await medias.rows(`UPDATE condemned_rendition SET created_at = now() - interval '2 minutes'`)
    await condemn(String(named?.['store_key']), '2 minutes')
    await runHousekeeping(medias.context)
    expect([await hasFile(old), await hasFile(String(named?.['store_key']))]).toEqual([false, true])
    expect(await medias.rows('SELECT FROM condemned_rendition')).toEqual([])
  })
})

describe('When a regeneration ended more than 90 days ago', () => {
  it('then it is deleted with its failures, and a newer one is not', async () => {
    const add = async (days: number) => {
      const id = uuidv7()
      await medias.rows(
        `INSERT INTO regeneration (id, what, status, finished_at)
         VALUES (:id, 'all', 'done', now() - make_interval(days => :days))`,
        { id, days },
      )
      await medias.rows(
        `INSERT INTO regeneration_job (regeneration_id, version_id, media_id, status, code, reason)
         SELECT :id, gen_random_uuid(), gen_random_uuid(), 'failed', 'corrupt-image', 'Cut short' FROM generate_series(1, 1500)`,
        { id },
      )
      return id
    }
    await add(91)
    const young = await add(89)
    await runHousekeeping(medias.context)
    expect(await medias.rows('SELECT id FROM regeneration')).toEqual([{ id: young }])
    expect(await medias.rows('SELECT DISTINCT regeneration_id AS id FROM regeneration_job')).toEqual([{ id: young }])
  })
})

describe('When bytes are uploaded again while their old blob is condemned', () => {
  it('then they get a new blob, and their renditions stay', async () => {
    const bytes = await drawPicture()
    const first = await upload(bytes)
    await finishVersion(medias, first.id)
    const condemned = await blobOf(first)
    await medias.rows('DELETE FROM media WHERE id = :id', first)
    await medias.rows(`UPDATE blob SET state = 'condemned' WHERE id = :id`, { id: condemned?.['id'] })
    const again = await upload(bytes)
    await runHousekeeping(medias.context)
    expect(await hasFile(String(condemned?.['store_key']))).toBe(false)
    expect((await ada.fetch(`/media/${again.id}/file`)).status).toBe(200)
    const renditions = (await medias.stored()).filter((key) => key.includes(again.currentVersion.sha256))
    expect(renditions).toHaveLength(10)
  })
})

describe('When an Idempotency-Key is more than a day old', () => {
  it('then its answer is deleted', async () => {
    const send = async (key: string) => ada.upload({ bytes: await drawPicture() }, {}, { 'idempotency-key': key })
    await Promise.all([send('old'), send('young')])
    await medias.rows(`UPDATE idempotency_key SET created_at = now() - interval '25 hours' WHERE key = 'old'`)
    await runHousekeeping(medias.context)
    expect(await medias.rows('SELECT key FROM idempotency_key')).toEqual([{ key: 'young' }])
  })
})

describe('When a step of housekeeping fails', () => {
  it('then the other steps still run', async () => {
    const key = await leave(`incoming/${randomUUID()}`, 25)
    await medias.rows('ALTER TABLE idempotency_key RENAME TO idempotency_key_away')
    await runHousekeeping(medias.context)
    await medias.rows('ALTER TABLE idempotency_key_away RENAME TO idempotency_key')
    expect(await hasFile(key)).toBe(false)
  })
})

describe('When the job of a version was lost', () => {
  const jobsOf = ({ id }: Json) => medias.rows(`SELECT id FROM outbox WHERE payload->>'mediaId' = :id`, { id })
  const age = async ({ id }: Json) => {
    await medias.rows(`DELETE FROM outbox WHERE payload->>'mediaId' = :id`, { id })
    await medias.rows(`UPDATE media_version SET created_at = now() - interval '25 hours' WHERE media_id = :id`, { id })
    await medias.rows(`UPDATE event SET created_at = now() - interval '25 hours' WHERE media_id = :id`, { id })
  }

  it('then it is enqueued again after a day, once', async () => {
    const [lost, finished, trashed] = [await upload(), await upload(), await upload()]
    await finishVersion(medias, finished.id)
    await ada.send('delete', `/media/${trashed.id}`)
    for (const media of [lost, finished, trashed]) await age(media)

    await runHousekeeping(medias.context)
    await runHousekeeping(medias.context)

    expect(await jobsOf(lost)).toHaveLength(1)
    expect(await jobsOf(finished)).toEqual([])
    expect(await jobsOf(trashed)).toEqual([])
  })

  it('then all lost jobs are enqueued at once if the queues are empty, otherwise only a batch', async () => {
    const { currentVersion } = await upload()
    await medias.rows('DELETE FROM outbox')
    const asked = () => medias.rows(`SELECT count(DISTINCT payload->>'versionId') AS n, count(*) AS jobs FROM outbox`)
    await medias.rows(
      `WITH made AS (
         INSERT INTO media (id, owner_id, filename, mime_type, kind)
         SELECT gen_random_uuid(), gen_random_uuid(), 'many.png', 'image/png', 'image' FROM generate_series(1, 250)
         RETURNING id
       )
       INSERT INTO media_version (id, media_id, number, blob_id, created_by, created_at)
       SELECT gen_random_uuid(), made.id, 1, blob.id, gen_random_uuid(), now() - interval '2 days'
       FROM made, blob WHERE sha256 = :sha256`,
      currentVersion,
    )
    const { publisher } = medias.context
    await eventually(() => expect(publisher.isReady()).toBe(true), { limitMs: 60_000 })
    const job = { contract: 1, kind: 'render', mediaId: uuidv7(), versionId: uuidv7() } as const
    await publisher.publish('bulk', job, { messageId: uuidv7() })
    await runHousekeeping(medias.context)
    expect(await asked()).toEqual([{ n: 100, jobs: 100 }])

    const kept = medias.broker.keepChannel(async (channel) => void (await channel.purgeQueue(jobQueue('bulk'))))
    await eventually(() => expect(kept.current()).not.toBeNull(), { limitMs: 60_000 })
    await kept.close()
    await runHousekeeping(medias.context)
    expect(await asked()).toEqual([{ n: 250, jobs: 250 }])
  })
})
