import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, type Answer, type Json, type ServiceProcess } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { startBackground } from '../src/background.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { rendered, startWorker } from './real-worker.ts'

let medias: MediasUnderTest
let background: BackgroundTask | undefined
let worker: ServiceProcess
let ada: Client
let operator: Client

beforeAll(async () => {
  medias = await startMedias({ variables: { ATTACHMENT_TYPES: 'application/pdf' } })
  background = startBackground(medias.context)
  worker = await startWorker(medias)
  ada = medias.somebody()
  operator = medias.somebody('media:update', 'media:read')
})
afterAll(async () => {
  await worker?.stop()
  await background?.stop()
  await medias?.stop()
})

const soon = <T>(attempt: () => Promise<T>) => eventually(attempt, { limitMs: 60_000 })
const upload = async (bytes?: Buffer): Promise<Json> =>
  (await ada.upload({ bytes: bytes ?? (await drawPicture()) })).body
const reprocess = (id: string, who = operator, headers = {}): Promise<Answer> =>
  who.send('POST', `/media/${id}/reprocess`, undefined, headers)
const problem = ({ status, body }: Answer) => [status, body.code]
const originalOf = async ({ currentVersion }: Json) => {
  const [blob] = await medias.rows('SELECT store_key FROM blob WHERE sha256 = :sha256', currentVersion)
  return String(blob?.['store_key'])
}
const sizesOf = ({ id }: Json) =>
  medias.rows(
    `SELECT s.preset, s.created_at FROM media_size s JOIN media_version v ON v.id = s.version_id WHERE v.media_id = :id`,
    { id },
  )

describe('When a media is reprocessed', () => {
  it('then every size is rendered again, and the media stays ready', async () => {
    const media = await rendered(ada, (await upload()).id)
    await medias.rows(`UPDATE media_size SET created_at = '2020-01-01'`)
    const answer = await reprocess(media.id)
    expect(answer.status).toBe(202)
    expect(answer.body).toMatchObject({ id: media.id, status: 'ready', currentVersion: { status: 'ready' } })
    await soon(async () => {
      const sizes = await sizesOf(media)
      expect(sizes).toHaveLength(10)
      for (const size of sizes) expect(Number(size['created_at'])).toBeGreaterThan(Date.parse('2021-01-01'))
    })
    expect((await ada.get(`/media/${media.id}`)).body).toEqual(media)
  })

  it('then a failed version is reset as if it had just been uploaded', async () => {
    const bytes = await drawPicture()
    const { id, currentVersion } = await upload(bytes)
    const key = await originalOf({ currentVersion })
    await rendered(ada, id)
    // The store returns wrong bytes for a while.
    await medias.context.store.put(key, Buffer.from('no picture'))
    await medias.rows(`UPDATE media_version SET status = 'queued' WHERE media_id = :id`, { id })
    await medias.rows('DELETE FROM media_size')
    await reprocess(id)
    const failed = await rendered(ada, id)
    expect(failed).toMatchObject({ status: 'failed', currentVersion: { error: { code: 'not-an-image' } } })
    await soon(async () =>
      expect(await medias.rows('SELECT FROM dead_job WHERE media_id = :id', { id })).toHaveLength(1),
    )
    await medias.context.store.put(key, bytes)

    const answer = await reprocess(id)
    expect(answer.status).toBe(202)
    expect(answer.body).toMatchObject({ status: 'processing', currentVersion: { status: 'queued', error: null } })
    expect(await medias.rows('SELECT FROM dead_job WHERE media_id = :id', { id })).toEqual([])
    const ready = await rendered(ada, id)
    expect(ready).toMatchObject({ status: 'ready', currentVersion: { status: 'ready', error: null } })
    expect(ready.currentVersion.sizes).toHaveLength(10)
    const events = await medias.rows('SELECT type FROM event WHERE media_id = :id ORDER BY id', { id })
    const types = events.map(({ type }) => type).filter((type) => type !== 'size-ready')
    expect(types.slice(-4)).toEqual(['failed', 'queued', 'processing', 'ready'])
  })

  it('then a queued version is rendered once, however often it is reprocessed', async () => {
    worker.freeze()
    const { id } = await upload()
    const answers = await Promise.all([reprocess(id), reprocess(id), reprocess(id)])
    expect(answers.map(({ status, body }) => `${status} ${body.currentVersion.status}`)).toEqual(
      Array(3).fill('202 queued'),
    )
    worker.thaw()
    await rendered(ada, id)
    const mine = () => worker.log.filter(({ event, mediaId }) => event === 'job.done' && mediaId === id)
    await soon(async () => expect(mine()).toHaveLength(4))
    expect(
      mine()
        .map(({ outcome }) => outcome)
        .toSorted(),
    ).toEqual(['done', ...Array(3).fill('done-already')])
  })

  it('then media in the trash, other files and unknown media are rejected', async () => {
    const { id } = await upload()
    await ada.send('DELETE', `/media/${id}`)
    expect(problem(await reprocess(id))).toEqual([409, 'trashed'])
    const { body } = await ada.upload({ bytes: Buffer.from('%PDF-1.4\n%âãÏÓ\n'), name: 'a.pdf' })
    expect(problem(await reprocess(body.id))).toEqual([409, 'not-a-picture'])
    expect(problem(await reprocess(uuidv7()))).toEqual([404, 'not-found'])
  })

  it('then media:update is required, which jobs:write does not include, and If-Match is checked', async () => {
    const { id } = await upload()
    expect(problem(await reprocess(id, medias.somebody('jobs:write', 'media:read')))).toEqual([403, 'forbidden'])
    expect(problem(await reprocess(id, medias.somebody('media:update:own')))).toEqual([404, 'not-found'])
    expect(problem(await reprocess(id, operator, { 'if-match': '"another"' }))).toEqual([412, 'precondition-failed'])
  })
})

describe('When the owner of a failed media reprocesses it', () => {
  /** Uploads a picture that fails. @returns a function that repairs its bytes in the store */
  async function uploadFailing() {
    const bytes = await drawPicture()
    const media = await upload(bytes)
    const key = await originalOf(media)
    await rendered(ada, media.id)
    await medias.context.store.put(key, Buffer.from('no picture'))
    await medias.rows(`UPDATE media_version SET status = 'queued' WHERE media_id = :id`, media)
    await medias.rows(
      'DELETE FROM media_size WHERE version_id IN (SELECT id FROM media_version WHERE media_id = :id)',
      media,
    )
    await reprocess(media.id)
    expect(await rendered(ada, media.id)).toMatchObject({ status: 'failed' })
    return { id: media.id, repair: () => medias.context.store.put(key, bytes) }
  }

  it('then it is rendered again, and is ready if the cause is gone', async () => {
    const { id, repair } = await uploadFailing()
    await repair()

    const answer = await reprocess(id, ada)

    expect([answer.status, answer.body.currentVersion.status]).toEqual([202, 'queued'])
    expect(await rendered(ada, id)).toMatchObject({ status: 'ready' })
  })

  it('then the fourth time within a day is rejected, but not for a caller who can change all media', async () => {
    const { id } = await uploadFailing()
    for (let time = 1; time <= 3; time++) {
      expect((await reprocess(id, ada)).status).toBe(202)
      await rendered(ada, id)
    }

    const answer = await reprocess(id, ada)

    expect(problem(answer)).toEqual([429, 'reprocessed-too-often'])
    const seconds = Number(answer.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(86_000)
    expect(seconds).toBeLessThanOrEqual(86_400)
    expect((await ada.get(`/media/${id}`)).body.status).toBe('failed')
    expect((await reprocess(id, operator)).status).toBe(202)
    await rendered(ada, id)
    await medias.rows(
      `UPDATE media_version SET owner_reprocesses_since = now() - interval '25 hours' WHERE media_id = :id`,
      { id },
    )
    expect((await reprocess(id, ada)).status).toBe(202)
  })

  it('then it waits for its turn among the jobs of this owner, as after an upload', async () => {
    const { id } = await uploadFailing()
    // Without the relay, the job stays in the outbox, where owners take turns.
    await background?.stop()
    background = undefined

    expect((await reprocess(id, ada)).status).toBe(202)
    const [job] = await medias.rows(`SELECT routing_key, owner_id FROM outbox WHERE payload ->> 'mediaId' = :id`, {
      id,
    })

    expect(job).toEqual({ routing_key: 'interactive', owner_id: ada.id })
  })
})
