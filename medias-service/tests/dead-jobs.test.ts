import { createHash } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { consumeJobs, DEAD_QUEUE, PermanentError, routingKeys } from '@likeness/media-jobs'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, queueDepth, type Json } from '@likeness/test-kit'

import { startBackground } from '../src/background.ts'
import { runHousekeeping } from '../src/housekeeping/housekeeping.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'
import { corrupt, insertDeadJob, jobOf, sendDead } from './stored-dead-jobs.ts'

let medias: MediasUnderTest
let background: BackgroundTask
let ada: Client

beforeAll(async () => {
  medias = await startMedias()
  background = startBackground(medias.context)
  ada = medias.somebody()
})
afterAll(async () => {
  await background?.stop()
  await medias?.stop()
})

const soon = <T>(attempt: () => Promise<T>) => eventually(attempt, { limitMs: 60_000 })
const upload = async (): Promise<Json> => (await ada.upload({ bytes: await drawPicture() })).body
const stored = (id: string) => medias.rows('SELECT * FROM dead_job WHERE id = :id', { id })

describe('When a worker fails a job permanently', () => {
  it('then its version and media fail with the code, and the dead job is stored with its attempts', async () => {
    const media = await upload()
    const handle = async () => {
      throw new PermanentError('not-an-image', 'It is a song')
    }
    const consumers = routingKeys.map((routingKey) =>
      consumeJobs(medias.broker, { routingKey, worker: 'worker-1', prefetch: () => 1, handle }),
    )
    const failed = await soon(async () => {
      const { body } = await ada.get(`/media/${media.id}`)
      expect(body.status).toBe('failed')
      return body
    })
    await Promise.all(consumers.map((consumer) => consumer.stop(1_000)))
    expect(failed.currentVersion).toMatchObject({
      status: 'failed',
      error: { code: 'not-an-image', message: 'It is a song' },
    })
    const [dead] = await medias.rows('SELECT * FROM dead_job WHERE media_id = :id', media)
    expect(dead).toMatchObject({ code: 'not-an-image', reason: 'It is a song', payload: await jobOf(medias, media) })
    expect(dead?.['attempts']).toMatchObject([{ worker: 'worker-1', error: 'It is a song' }])
    const events = await medias.rows('SELECT type, data FROM event WHERE media_id = :id ORDER BY id', media)
    expect(events.at(-1)).toEqual({
      type: 'failed',
      data: { code: 'not-an-image', message: 'It is a song', attempts: dead?.['attempts'] },
    })
  })
})

describe('When a message is in the dead queue', () => {
  it('then its version fails once, however often the message is delivered', async () => {
    const media = await upload()
    const id = await sendDead(medias, await jobOf(medias, media))
    await soon(async () => expect(await stored(id)).toHaveLength(1))
    await sendDead(medias, await jobOf(medias, media), corrupt, id)
    await sendDead(medias, await jobOf(medias, media), { ...corrupt, 'x-code': 'another' })
    await soon(async () =>
      expect(await medias.rows('SELECT FROM dead_job WHERE media_id = :id', media)).toHaveLength(2),
    )
    await soon(async () => expect(await queueDepth(medias.vhost, DEAD_QUEUE)).toBe(0))
    expect((await ada.get(`/media/${media.id}`)).body.currentVersion.error.code).toBe('corrupt-image')
    expect(await medias.rows(`SELECT FROM event WHERE media_id = :id AND type = 'failed'`, media)).toHaveLength(1)
  })

  it('then a ready version stays ready', async () => {
    const media = await upload()
    await finishVersion(medias, media.id)
    const id = await sendDead(medias, await jobOf(medias, media))
    await soon(async () => expect(await stored(id)).toHaveLength(1))
    expect((await ada.get(`/media/${media.id}`)).body).toMatchObject({
      status: 'ready',
      currentVersion: { error: null },
    })
  })

  it('then a newer version fails, and the ready version stays current', async () => {
    const media = await upload()
    await finishVersion(medias, media.id)
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(await drawPicture())]), 'next.png')
    await ada.send('POST', `/media/${media.id}/versions`, form)
    const id = await sendDead(medias, await jobOf(medias, media, 2), corrupt)
    await soon(async () => expect(await stored(id)).toHaveLength(1))
    expect((await ada.get(`/media/${media.id}`)).body).toMatchObject({ status: 'ready', currentVersion: { number: 1 } })
    expect((await ada.get(`/media/${media.id}/versions/2`)).body.status).toBe('failed')
  })

  it('then a job with an unknown contract does not change its version', async () => {
    const media = await upload()
    const payload = { ...(await jobOf(medias, media)), contract: 7 }
    const id = await sendDead(medias, payload, { 'x-code': 'unknown-contract', 'x-reason': 'A job of contract 7' })
    await soon(async () => expect(await stored(id)).toMatchObject([{ code: 'unknown-contract', payload }]))
    expect((await ada.get(`/media/${media.id}`)).body.status).toBe('processing')
  })

  it('then a job that reached the delivery limit of the broker fails its version too', async () => {
    const media = await upload()
    await sendDead(medias, await jobOf(medias, media), {}, 'outbox-1')
    await soon(async () => expect((await ada.get(`/media/${media.id}`)).body.status).toBe('failed'))
    expect((await ada.get(`/media/${media.id}`)).body.currentVersion.error.code).toBe('delivery-limit')
  })

  it('then a reason with characters that PostgreSQL cannot store still fails the version', async () => {
    const media = await upload()
    const attempts = [{ worker: 'w', startedAt: 'a', endedAt: null, error: 'b\0\ud800' }]
    const headers = { 'x-code': 'odd\0', 'x-reason': 'very\0odd', 'x-attempts': JSON.stringify(attempts) }
    await sendDead(medias, await jobOf(medias, media), headers)
    await soon(async () => expect((await ada.get(`/media/${media.id}`)).body.status).toBe('failed'))
    const error = { code: 'odd\uFFFD', message: 'very\uFFFDodd' }
    expect((await ada.get(`/media/${media.id}`)).body.currentVersion.error).toEqual(error)
    const [event] = await medias.rows(`SELECT data FROM event WHERE media_id = :id AND type = 'failed'`, media)
    expect(event?.['data']).toEqual({ ...error, attempts: [{ ...attempts[0], error: 'b\uFFFD\uFFFD' }] })
  })

  it('then a job of a deleted media is stored too', async () => {
    const media = await upload()
    const job = await jobOf(medias, media)
    await ada.send('DELETE', `/media/${media.id}?permanent=true`)
    const id = await sendDead(medias, job, corrupt)
    await soon(async () => expect(await stored(id)).toMatchObject([{ media_id: media.id, code: 'corrupt-image' }]))
  })

  it.each([
    ['text', Buffer.from('not json'), 'not json'],
    ['an empty message', Buffer.alloc(0), ''],
    ['a NUL', Buffer.from('a\0b'), 'a\uFFFDb'],
    ['a NUL in JSON', Buffer.from('{"a\\u0000":"\\u0000"}'), '{"a\\u0000":"\\u0000"}'],
    ['a lone surrogate', Buffer.from('["\\ud800", "\\ud83d\\udc26"]'), '["\\ud800", "\\ud83d\\udc26"]'],
    ['invalid UTF-8', Buffer.from('fffe', 'hex'), '\uFFFD\uFFFD'],
    ['a number', Buffer.from('5'), '5'],
    ['a message of 5 MB', Buffer.alloc(5_000_000, 'x'), 'x'.repeat(1_000)],
    ['JSON with 50,000 levels', Buffer.from(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`), '{"a":'.repeat(200)],
  ])('then the beginning of %s is stored, with its size, and the queue is empty', async (_what, content, text) => {
    const id = await sendDead(medias, content, { 'x-code': 'invalid-job', 'x-reason': 'bad\0reason' })
    const sha256 = createHash('sha256').update(content).digest('hex')
    const payload = { text, bytes: content.length, sha256 }
    await soon(async () =>
      expect(await stored(id)).toMatchObject([
        { payload, is_job: false, code: 'invalid-job', reason: 'bad\uFFFDreason', media_id: null },
      ]),
    )
    const operator = medias.somebody('jobs:read')
    expect((await operator.get(`/jobs/dead/${id}`)).body.payload).toEqual(payload)
    const { data } = (await operator.get('/jobs/dead')).body
    expect(data.find((dead: Json) => dead.id === id)).toMatchObject({ code: 'invalid-job', payload: null })
    expect(await queueDepth(medias.vhost, DEAD_QUEUE)).toBe(0)
  })

  it('then a job with as many levels as the limit allows is stored, presented and requeued', async () => {
    const media = await upload()
    const deep = `${'['.repeat(1_900)}${']'.repeat(1_900)}`
    const content = JSON.stringify(await jobOf(medias, media)).replace('{', `{"x":${deep},`)
    const id = await sendDead(medias, Buffer.from(content))
    await soon(async () => expect(await stored(id)).toMatchObject([{ media_id: media.id, is_job: true }]))
    const operator = medias.somebody('jobs:read', 'jobs:write')
    expect(JSON.stringify((await operator.get(`/jobs/dead/${id}`)).body.payload.x)).toBe(deep)
    expect((await operator.send('POST', `/jobs/dead/${id}/requeue`)).body).toEqual({ requeued: 1 })
  })

  it('then texts that PostgreSQL rejects are omitted, and the job is stored and fails its version', async () => {
    const media = await upload()
    await medias.rows('ALTER TABLE dead_job ADD CONSTRAINT short_reason CHECK (length(reason) < 40) NOT VALID')
    const id = await sendDead(medias, await jobOf(medias, media), { ...corrupt, 'x-reason': 'r'.repeat(50) })
    await soon(async () =>
      expect(await stored(id)).toMatchObject([{ code: 'corrupt-image', reason: 'The reason could not be stored.' }]),
    )
    expect((await ada.get(`/media/${media.id}`)).body.status).toBe('failed')
    await medias.rows('ALTER TABLE dead_job DROP CONSTRAINT short_reason')
  })
})

describe('When more messages that are not jobs are stored than are kept', () => {
  it('then housekeeping deletes the oldest of them, and no job', async () => {
    const aDayAgo = new Date(Date.now() - 86_400_000).toISOString()
    const job = await insertDeadJob(medias, await jobOf(medias, await upload()), { failedAt: aDayAgo })
    await medias.rows(
      `INSERT INTO dead_job (id, code, reason, is_job, payload, failed_at)
       SELECT gen_random_uuid(), n::text, 'A flood', false, '{}', now() + n * interval '1 second'
       FROM generate_series(1, 12500) n`,
    )
    await runHousekeeping(medias.context)
    const [left] = await medias.rows(
      'SELECT count(*) AS n, min(code::integer) AS oldest FROM dead_job WHERE NOT is_job',
    )
    expect(left).toEqual({ n: 10_000, oldest: 2_501 })
    expect(await stored(job)).toHaveLength(1)
  })
})
