import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Json } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { startRequeueOfSupportedJobs } from '../src/dead-jobs/requeue-supported-jobs.ts'
import { runHousekeeping } from '../src/housekeeping/housekeeping.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { failAndStore, insertDeadJob, jobOf } from './stored-dead-jobs.ts'

let medias: MediasUnderTest
let operator: Client
let ada: Client

beforeAll(async () => {
  medias = await startMedias()
  operator = medias.somebody('jobs:read', 'jobs:write')
  ada = medias.somebody()
})
afterEach(async () => {
  for (const table of ['dead_job', 'dead_job_end', 'outbox']) await medias.rows(`DELETE FROM ${table}`)
})
afterAll(() => medias?.stop())

const upload = async (): Promise<Json> => (await ada.upload({ bytes: await drawPicture() })).body
const requeueAll = async (filter: object) => {
  const { status, body } = await operator.send('POST', '/jobs/dead/requeue', { filter })
  expect(status).toBe(200)
  return body
}
const outbox = () => medias.rows('SELECT routing_key, payload FROM outbox ORDER BY id')
const emptyOutbox = () => medias.rows('DELETE FROM outbox')
const dead = async () => (await medias.rows('SELECT id FROM dead_job ORDER BY failed_at')).map(({ id }) => id)

describe('When dead jobs are requeued by a filter', () => {
  it('then only jobs that match the filter are requeued', async () => {
    const media = await Promise.all(Array.from({ length: 5 }, upload))
    const codes = ['corrupt-image', 'retries-exhausted', 'retries-exhausted', 'store-away', 'store-away']
    const ids: string[] = []
    for (const [index, each] of media.entries()) {
      const failedAt = `2026-01-31T12:0${index}:00.000Z`
      ids.push(await failAndStore(medias, each, { code: codes[index] as string, failedAt }))
    }
    await emptyOutbox()
    expect(await requeueAll({ preset: 'huge' })).toEqual({ requeued: 0 })
    expect(await requeueAll({ ids: [] })).toEqual({ requeued: 0 })
    expect(await requeueAll({ code: 'retries-exhausted', failedAfter: '2026-01-31T12:01:00Z' })).toEqual({
      requeued: 1,
    })
    expect(await requeueAll({ failedBefore: '2026-01-31T12:01:00Z', preset: 'thumb' })).toEqual({ requeued: 1 })
    expect(await requeueAll({ mediaId: media[3]?.id })).toEqual({ requeued: 1 })
    expect(await dead()).toEqual([ids[1], ids[4]])
    expect(await requeueAll({ ids: [ids[4], ids[4], ids[0], uuidv7()] })).toEqual({ requeued: 1 })
    expect(await requeueAll({})).toEqual({ requeued: 1 })
    expect(await dead()).toEqual([])
    const sent = (await outbox()).map(({ payload }) => (payload as Json).mediaId)
    expect(sent).toEqual([2, 0, 3, 4, 1].map((index) => media[index]?.id))
  })

  it.each([
    ['no filter', {}],
    ['an unknown field in the filter', { filter: { status: 'dead' } }],
    ['an unknown field beside the filter', { filter: {}, limit: 1 }],
    ['an invalid id', { filter: { ids: ['1'] } }],
    ['too many ids', { filter: { ids: Array.from({ length: 1_001 }, () => uuidv7()) } }],
    ['an invalid time', { filter: { failedAfter: 'yesterday' } }],
  ])('then %s is rejected, and nothing is requeued', async (_what, body) => {
    await failAndStore(medias, await upload())
    expect(await operator.send('POST', '/jobs/dead/requeue', body)).toMatchObject({ status: 422 })
    expect(await dead()).toHaveLength(1)
  })

  it('then thousands of jobs are requeued in batches, each once, even by two concurrent requests', async () => {
    await storeMany(1_500)
    const answers = await Promise.all([requeueAll({}), requeueAll({ code: 'retries-exhausted' })])
    expect(answers[0].requeued + answers[1].requeued).toBe(1_500)
    const [sent] = await medias.rows(
      `SELECT count(*) AS n, count(DISTINCT payload->>'versionId') AS versions FROM outbox`,
    )
    expect(sent).toEqual({ n: 1_500, versions: 1_500 })
    const [left] = await medias.rows(
      `SELECT count(*) AS n FROM media m JOIN media_version v ON v.media_id = m.id
       WHERE filename = 'many.png' AND (v.status <> 'queued' OR m.status <> 'processing')`,
    )
    expect(left).toEqual({ n: 0 })
    await medias.rows(`DELETE FROM media WHERE filename = 'many.png'`)
  })

  it('then jobs that die during the request are skipped, so that the request ends', async () => {
    await storeMany(450)
    // The trigger makes each requeued job dead again before the next batch.
    await medias.rows(`CREATE FUNCTION store_again() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO dead_job (id, media_id, version_id, code, reason, payload, failed_at)
        SELECT gen_random_uuid(), media_id, version_id, code, reason, payload, clock_timestamp() FROM gone;
        RETURN NULL;
      END $$`)
    await medias.rows(`CREATE TRIGGER again AFTER DELETE ON dead_job REFERENCING OLD TABLE AS gone
      FOR EACH STATEMENT EXECUTE FUNCTION store_again()`)
    try {
      expect(await requeueAll({})).toEqual({ requeued: 450 })
      expect(await dead()).toHaveLength(450)
    } finally {
      await medias.rows('DROP TRIGGER again ON dead_job')
      await medias.rows(`DELETE FROM media WHERE filename = 'many.png'`)
    }
  })

  /** Stores media with one failed version and one dead job each. All have the same original. */
  async function storeMany(count: number): Promise<void> {
    const { currentVersion } = await upload()
    await emptyOutbox()
    await medias.rows(
      `WITH made AS (
         INSERT INTO media (id, owner_id, filename, mime_type, kind, status)
         SELECT gen_random_uuid(), :ownerId, 'many.png', 'image/png', 'image', 'failed' FROM generate_series(1, :count)
         RETURNING id
       ), version AS (
         INSERT INTO media_version (id, media_id, number, blob_id, status, error_code, created_by)
         SELECT gen_random_uuid(), made.id, 1, blob.id, 'failed', 'retries-exhausted', :ownerId
         FROM made, blob WHERE sha256 = :sha256 RETURNING id, media_id
       )
       INSERT INTO dead_job (id, media_id, version_id, code, reason, payload)
       SELECT gen_random_uuid(), media_id, id, 'retries-exhausted', 'The store is away',
              jsonb_build_object('contract', 1, 'kind', 'render', 'mediaId', media_id, 'versionId', id)
       FROM version`,
      { ownerId: ada.id, count, sha256: currentVersion.sha256 },
    )
  }
})

describe('When there are dead jobs with a contract that an older build did not support', () => {
  const store = async (media: Json, contract: number) => {
    const payload = { ...(await jobOf(medias, media)), contract }
    return insertDeadJob(medias, null, { code: 'unknown-contract', reason: `A job of contract ${contract}`, payload })
  }

  it.each([
    ['at startup', async () => startRequeueOfSupportedJobs(medias.context).stop()],
    ['by housekeeping', async () => runHousekeeping(medias.context)],
  ])('then the jobs that this build supports are requeued %s, once', async (_when, run) => {
    const [media, other, trashed] = [await upload(), await upload(), await upload()]
    await emptyOutbox()
    await store(media, 1)
    const left = [await store(other, 2), await store(trashed, 1)]
    await ada.send('DELETE', `/media/${trashed.id}`)
    await Promise.all([run(), run()])
    expect(await outbox()).toEqual([{ routing_key: 'interactive', payload: await jobOf(medias, media) }])
    const [event] = await medias.rows('SELECT data FROM event WHERE media_id = :id ORDER BY id DESC LIMIT 1', media)
    expect(event).toEqual({ data: { requeued: true } })
    expect((await ada.get(`/media/${media.id}/versions/1`)).body.status).toBe('queued')
    expect(await dead()).toEqual(left)
  })
})

describe('When a dead job is more than 90 days old', () => {
  it('then it is deleted, and so are stored ids of the same age', async () => {
    const media = await upload()
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
    await failAndStore(medias, media, { failedAt: daysAgo(91) })
    const young = await failAndStore(medias, media, { failedAt: daysAgo(89) })
    await ada.send('DELETE', `/media/${media.id}?permanent=true`)
    await medias.rows(
      `INSERT INTO dead_job_end (id, ended_at) VALUES (gen_random_uuid(), now() - interval '91 days'), (:young, now())`,
      { young: uuidv7() },
    )
    await runHousekeeping(medias.context)
    expect(await dead()).toEqual([young])
    expect(await medias.rows('SELECT FROM dead_job_end')).toHaveLength(1)
  })
})
