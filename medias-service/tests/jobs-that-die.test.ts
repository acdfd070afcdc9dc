import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { routingKeys } from '@likeness/media-jobs'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, makeCameraPicture, truncatePicture, type Json, type ServiceProcess } from '@likeness/test-kit'

import { startBackground } from '../src/background.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { rendered, startWorker } from './real-worker.ts'
import { jobOf, sendDead, sendMessages } from './stored-dead-jobs.ts'

let medias: MediasUnderTest
let background: BackgroundTask
let worker: ServiceProcess | undefined
let operator: Client
let ada: Client

beforeAll(async () => {
  medias = await startMedias()
  background = startBackground(medias.context)
  operator = medias.somebody('jobs:*')
  ada = medias.somebody()
})
afterAll(async () => {
  await worker?.stop()
  await background?.stop()
  await medias?.stop()
})

const deadOf = async ({ id }: Json): Promise<Json[]> => (await operator.get(`/jobs/dead?mediaId=${id}`)).body.data
const soon = <T>(attempt: () => Promise<T>) => eventually(attempt, { limitMs: 60_000 })

describe('When a job died because a dependency was unavailable', () => {
  it('then an operator can requeue it, and its media becomes ready', async () => {
    const media = (await ada.upload({ bytes: await drawPicture() })).body
    const attempts = [{ worker: 'w:1', startedAt: '2026-01-31T12:00:00Z', endedAt: null, error: 'The store is away' }]
    await sendDead(medias, await jobOf(medias, media), {
      'x-code': 'retries-exhausted',
      'x-reason': 'The store is away',
      'x-attempts': JSON.stringify(attempts),
    })
    await soon(async () => expect(await deadOf(media)).toMatchObject([{ code: 'retries-exhausted', attempts }]))
    expect((await ada.get(`/media/${media.id}`)).body).toMatchObject({
      status: 'failed',
      currentVersion: { error: { code: 'retries-exhausted', message: 'The store is away' } },
    })

    worker = await startWorker(medias)
    const { body } = await operator.send('POST', '/jobs/dead/requeue', { filter: { code: 'retries-exhausted' } })
    expect(body).toEqual({ requeued: 1 })
    expect(await rendered(ada, media.id)).toMatchObject({ status: 'ready', currentVersion: { error: null } })
    expect(await deadOf(media)).toEqual([])
    const events = await medias.rows(`SELECT type, data FROM event WHERE media_id = :id ORDER BY xid, id`, media)
    const story = events.filter(({ type }) => type !== 'size-ready').map(({ type }) => type)
    expect(story).toEqual(['queued', 'failed', 'queued', 'processing', 'ready'])
    expect(events[1]?.['data']).toEqual({ code: 'retries-exhausted', message: 'The store is away', attempts })
  })
})

describe('When messages that are not jobs are in every queue of a worker', () => {
  const levels = 50_000
  const hostile = [
    { content: Buffer.from('not json') },
    { content: Buffer.from(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) },
    { content: Buffer.alloc(3_000_000, 'x'), headers: { 'x-try': 1e15, 'x-death': 'x', 'x-queue': [1] } },
    { content: Buffer.from('?'), headers: { 'x-attempts': JSON.stringify([{ worker: 'w'.repeat(60_000) }]) } },
  ]

  it('then a picture behind them is ready, each is listed without its content, and none was retried', async () => {
    worker ??= await startWorker(medias)
    for (const routingKey of routingKeys) await sendMessages(medias, routingKey, hostile)
    const media = (await ada.upload({ bytes: await drawPicture() })).body
    expect((await rendered(ada, media.id)).status).toBe('ready')
    const { data } = await soon(async () => {
      const { body } = await operator.get('/jobs/dead?code=invalid-job')
      expect(body.data).toHaveLength(routingKeys.length * hostile.length)
      return body
    })
    for (const dead of data) expect(dead).toMatchObject({ mediaId: null, payload: null, attempts: [expect.anything()] })
    expect(JSON.stringify(data).length).toBeLessThan(20_000)
  })
})

describe('When a picture is corrupt', () => {
  it('then its job dies, is listed with its attempts, and dies again after a requeue', async () => {
    const { bytes } = truncatePicture(await makeCameraPicture({ width: 400, height: 300 }))
    const media = (await ada.upload({ bytes, name: 'cut.jpg' })).body
    const failed = await rendered(ada, media.id)
    const { code, message } = failed.currentVersion.error
    const [dead] = await deadOf(media)
    expect(dead).toMatchObject({
      queue: 'interactive',
      code,
      reason: message,
      mediaId: media.id,
      attempts: [{ worker: expect.any(String), endedAt: expect.any(String), error: message }],
    })

    expect((await operator.send('POST', `/jobs/dead/${dead?.id}/requeue`)).body).toEqual({ requeued: 1 })
    await soon(async () => {
      const [again, ...others] = await deadOf(media)
      expect(others).toEqual([])
      expect(again).toMatchObject({ code, reason: message })
      expect(again?.id).not.toBe(dead?.id)
    })
    expect((await ada.get(`/media/${media.id}`)).body).toMatchObject({
      status: 'failed',
      currentVersion: { error: { code, message } },
    })
    const [discarded] = await deadOf(media)
    expect((await operator.send('DELETE', `/jobs/dead/${discarded?.id}`)).status).toBe(204)
    expect(await deadOf(media)).toEqual([])
    expect((await ada.get(`/media/${media.id}`)).body.status).toBe('failed')
  })
})
