import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { DEAD_QUEUE } from '@likeness/media-jobs'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, queueDepth, type Json } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { startDeadJobConsumer } from '../src/dead-jobs/dead-job-consumer.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'
import { failAndStore, insertDeadJob, jobOf, sendDead } from './stored-dead-jobs.ts'

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
const addVersion = async ({ id }: Json) => {
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(await drawPicture())]), 'next.png')
  await ada.send('POST', `/media/${id}/versions`, form)
}
const requeue = (id: string) => operator.send('POST', `/jobs/dead/${id}/requeue`)
const requeueAll = async (filter: object) => {
  const { status, body } = await operator.send('POST', '/jobs/dead/requeue', { filter })
  expect(status).toBe(200)
  return body
}
const read = async ({ id }: Json): Promise<Json> => (await ada.get(`/media/${id}`)).body
const versionOf = async ({ id }: Json, number = 1): Promise<Json> =>
  (await ada.get(`/media/${id}/versions/${number}`)).body
/** The jobs in the outbox. Tests delete the jobs of their uploads first, with `emptyOutbox`. */
const outbox = () => medias.rows('SELECT routing_key, payload FROM outbox ORDER BY id')
const emptyOutbox = () => medias.rows('DELETE FROM outbox')
const dead = async () => (await medias.rows('SELECT id FROM dead_job ORDER BY failed_at')).map(({ id }) => id)
const queuedEvents = ({ id }: Json) =>
  medias.rows(`SELECT version_id, data FROM event WHERE media_id = :id AND type = 'queued' ORDER BY id OFFSET 1`, {
    id,
  })

describe('When a dead job is requeued', () => {
  it('then its version is reset, and its job is enqueued on the queue that it came from', async () => {
    for (const routingKey of ['interactive', 'bulk'] as const) {
      const media = await upload()
      const job = await jobOf(medias, media)
      await emptyOutbox()
      const id = await failAndStore(medias, media, { routingKey })
      const { status, body } = await requeue(id)
      expect({ status, body }).toEqual({ status: 200, body: { requeued: 1 } })
      expect(await read(media)).toMatchObject({
        status: 'processing',
        currentVersion: { status: 'queued', error: null },
      })
      const [version] = await medias.rows(
        `SELECT attempts, starts, started_at, completed_at, routing_key, now() - queued_at < interval '5 s' AS now
         FROM media_version WHERE id = :versionId`,
        { ...job },
      )
      const asNew = { attempts: 0, starts: [], started_at: null, completed_at: null }
      expect(version).toEqual({ ...asNew, routing_key: routingKey, now: true })
      expect(await queuedEvents(media)).toEqual([{ version_id: job.versionId, data: { requeued: true } }])
      expect(await outbox()).toEqual([{ routing_key: routingKey, payload: job }])
      expect(await dead()).toEqual([])
      expect((await requeue(id)).status).toBe(404)
    }
  })

  it('then it is requeued once, even by concurrent requests', async () => {
    const media = await upload()
    await emptyOutbox()
    const id = await failAndStore(medias, media)
    const answers = await Promise.all([
      requeue(id),
      requeue(id),
      requeueAll({}),
      requeue(id),
      requeueAll({ ids: [id] }),
    ])
    const requeued = answers.map((answer) => answer.body?.requeued ?? answer.requeued ?? 0)
    expect(requeued.toSorted()).toEqual([0, 0, 0, 0, 1])
    expect(await outbox()).toHaveLength(1)
    expect(await queuedEvents(media)).toHaveLength(1)
  })

  it('then a ready version stays ready, and is rendered again without its regeneration', async () => {
    const media = await upload()
    await finishVersion(medias, media.id)
    const job = await jobOf(medias, media)
    await emptyOutbox()
    const id = await insertDeadJob(medias, { ...job, regenerationId: uuidv7() }, { routingKey: 'bulk' })
    await medias.rows('UPDATE media_version SET attempts = 3 WHERE id = :versionId', { ...job })
    expect((await requeue(id)).body).toEqual({ requeued: 1 })
    const [version] = await medias.rows('SELECT attempts FROM media_version WHERE id = :versionId', { ...job })
    expect(version).toEqual({ attempts: 0 })
    expect(await outbox()).toEqual([{ routing_key: 'bulk', payload: { ...job, force: true } }])
    expect(await read(media)).toMatchObject({ status: 'ready', currentVersion: { status: 'ready', error: null } })
    expect(await queuedEvents(media)).toEqual([])
  })

  it('then a version that has become ready since is rendered only in its stale sizes', async () => {
    const media = await upload()
    const id = await failAndStore(medias, media)
    await finishVersion(medias, media.id)
    await emptyOutbox()
    expect((await requeue(id)).status).toBe(200)
    expect(await outbox()).toEqual([{ routing_key: 'interactive', payload: await jobOf(medias, media) }])
    expect((await read(media)).status).toBe('ready')
  })

  it('then a version that failed in a regeneration is rendered completely, without the regeneration', async () => {
    const media = await upload()
    const job = await jobOf(medias, media)
    await emptyOutbox()
    const id = await failAndStore(medias, media, { payload: { ...job, regenerationId: uuidv7() }, routingKey: 'bulk' })
    expect((await requeue(id)).status).toBe(200)
    expect(await outbox()).toEqual([{ routing_key: 'bulk', payload: job }])
  })

  it('then a version that a worker is rendering does not change', async () => {
    const media = await upload()
    const job = await jobOf(medias, media)
    const id = await insertDeadJob(medias, job)
    await medias.rows(`UPDATE media_version SET status = 'processing', attempts = 1 WHERE id = :versionId`, { ...job })
    expect((await requeue(id)).status).toBe(200)
    const [version] = await medias.rows('SELECT status, attempts FROM media_version WHERE id = :versionId', { ...job })
    expect(version).toEqual({ status: 'processing', attempts: 1 })
  })

  it('then an older version is queued, and the newer ready version stays current', async () => {
    const media = await upload()
    const id = await failAndStore(medias, media)
    await addVersion(media)
    await finishVersion(medias, media.id, { number: 2 })
    expect((await requeue(id)).status).toBe(200)
    expect((await versionOf(media)).status).toBe('queued')
    expect(await read(media)).toMatchObject({ status: 'ready', currentVersion: { number: 2 } })
  })

  it('then a job of a trashed or deleted media is rejected and stays dead', async () => {
    const [trashed, gone] = [await upload(), await upload()]
    const ids = [await failAndStore(medias, trashed), await failAndStore(medias, gone)] as const
    await ada.send('DELETE', `/media/${trashed.id}`)
    await ada.send('DELETE', `/media/${gone.id}?permanent=true`)
    await emptyOutbox()
    expect(await requeue(ids[0])).toMatchObject({ status: 409, body: { code: 'trashed' } })
    expect(await requeue(ids[1])).toMatchObject({ status: 409, body: { code: 'media-gone' } })
    expect(await requeueAll({})).toEqual({ requeued: 0 })
    expect(await dead()).toEqual(ids)
    expect(await outbox()).toEqual([])
    expect((await versionOf(trashed)).status).toBe('failed')

    await ada.send('POST', `/media/${trashed.id}/restore`)
    expect(await requeueAll({})).toEqual({ requeued: 1 })
  })

  it('then an invalid job, or a job with an unknown contract, is rejected and stays dead', async () => {
    const media = await upload()
    const job = await jobOf(medias, media)
    for (const payload of ['not json', null, { ...job, kind: 'wash' }, { ...job, mediaId: 7 }, [job]]) {
      const id = await insertDeadJob(medias, null, { code: 'invalid-job', payload })
      expect(await requeue(id)).toMatchObject({ status: 409, body: { code: 'not-a-job' } })
    }
    const id = await insertDeadJob(medias, null, { code: 'unknown-contract', payload: { ...job, contract: 7 } })
    expect(await requeue(id)).toMatchObject({ status: 409, body: { code: 'unknown-contract' } })
    expect(await requeueAll({})).toEqual({ requeued: 0 })
    expect(await dead()).toHaveLength(6)
  })

  it('then a job whose version belongs to another media is rejected', async () => {
    const [media, other] = [await upload(), await upload()]
    const job = { ...(await jobOf(medias, media)), mediaId: other.id }
    expect(await requeue(await insertDeadJob(medias, job))).toMatchObject({ body: { code: 'media-gone' } })
  })
})

describe('When the broker delivers a message again', () => {
  const consumers: BackgroundTask[] = []
  afterEach(() => Promise.all(consumers.splice(0).map((consumer) => consumer.stop())))

  it.each([
    ['requeued', 'queued', (id: string) => requeue(id)],
    ['discarded', 'failed', (id: string) => operator.send('DELETE', `/jobs/dead/${id}`)],
  ])('after its dead job was %s, then nothing is stored', async (_what, status, end) => {
    consumers.push(startDeadJobConsumer(medias.context))
    const media = await upload()
    const job = await jobOf(medias, media)
    const id = await sendDead(medias, job)
    await eventually(async () => expect(await dead()).toEqual([id]), { limitMs: 60_000 })
    await end(id)
    await sendDead(medias, job, undefined, id)
    const next = await sendDead(medias, 'another')
    await eventually(async () => expect(await dead()).toEqual([next]), { limitMs: 60_000 })
    expect(await queueDepth(medias.vhost, DEAD_QUEUE)).toBe(0)
    expect((await versionOf(media)).status).toBe(status)
  })
})
