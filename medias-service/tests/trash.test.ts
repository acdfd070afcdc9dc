import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, queueDepth, type Answer, type Json, type ServiceProcess } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { startBackground } from '../src/background.ts'
import { emptyTrash } from '../src/housekeeping/housekeeping.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { rendered, startWorker } from './real-worker.ts'
import { finishVersion } from './rendered.ts'

let medias: MediasUnderTest
let ada: Client

beforeAll(async () => {
  medias = await startMedias()
  ada = medias.somebody()
})
afterAll(() => medias?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const upload = async (bytes?: Buffer, client = ada): Promise<Json> =>
  (await client.upload({ bytes: bytes ?? (await drawPicture()) })).body
const remove = (id: string, query = '', client = ada) => client.send('DELETE', `/media/${id}${query}`)
const restore = (id: string, client = ada) => client.send('POST', `/media/${id}/restore`)
const filesOf = async ({ currentVersion }: Json) => {
  const [blob] = await medias.rows(`SELECT store_key FROM blob WHERE sha256 = :sha256 AND state = 'live'`, {
    sha256: currentVersion.sha256,
  })
  return (await medias.stored()).filter(
    (key) => key === blob?.['store_key'] || key.startsWith(`renditions/${currentVersion.sha256}/`),
  )
}

describe('When a media is deleted', () => {
  it('then it is in the trash, not in lists, and its owner can read it', async () => {
    const { id } = await upload()
    expect((await remove(id)).status).toBe(204)
    const { body } = await ada.get(`/media/${id}`)
    expect(body.trashedAt).toEqual(expect.any(String))
    expect((await remove(id)).status).toBe(204)
    expect((await ada.get(`/media/${id}`)).body.trashedAt).toBe(body.trashedAt)
    expect((await ada.get('/media?trashed=true')).body.data.map((media: Json) => media.id)).toContain(id)
    expect((await ada.get('/media')).body.data.map((media: Json) => media.id)).not.toContain(id)
  })

  it('then it cannot be changed until it is restored, and is restored unchanged', async () => {
    const { body: media } = await ada.upload({ bytes: await drawPicture() }, { tags: 'kept', title: 'kept' })
    await remove(media.id)
    expect(problem(await ada.send('PATCH', `/media/${media.id}`, { title: 'x' }))).toEqual([409, 'trashed'])
    expect(problem(await ada.send('PUT', `/media/${media.id}/tags`, { tags: [] }))).toEqual([409, 'trashed'])
    const answer = await restore(media.id)
    expect(answer.body).toEqual({ ...media, updatedAt: expect.any(String) })
    expect(problem(await restore(media.id))).toEqual([409, 'not-trashed'])
  })

  it('then another user gets 404, and a caller without the permission 403', async () => {
    const { id } = await upload()
    const eve = medias.somebody()
    expect((await remove(id, '', eve)).status).toBe(404)
    expect((await remove(id, '?permanent=true', eve)).status).toBe(404)
    expect((await remove(id, '?permanent=perhaps')).status).toBe(422)
    expect((await remove(id, '', medias.somebody('media:update'))).status).toBe(403)
    await remove(id)
    expect((await restore(id, eve)).status).toBe(404)
    expect((await restore(id, medias.somebody('media:delete'))).status).toBe(200)
    expect((await remove(uuidv7())).status).toBe(404)
  })
})

describe('When a media is deleted permanently', () => {
  it('then its rows are deleted, and its bytes are deleted with the last media that uses them', async () => {
    const bytes = await drawPicture()
    const [one, other] = [await upload(bytes), await upload(bytes, medias.somebody())]
    await finishVersion(medias, one.id)
    expect(await filesOf(one)).toHaveLength(11)

    expect((await remove(one.id, '?permanent=true')).status).toBe(204)
    expect((await ada.get(`/media/${one.id}`)).status).toBe(404)
    expect(await filesOf(one)).toHaveLength(11)

    await remove(other.id, '?permanent=true', medias.somebody('media:delete'))
    expect(await filesOf(one)).toEqual([])
    expect(await medias.rows('SELECT FROM blob WHERE sha256 = :sha256', one.currentVersion)).toEqual([])
    expect(
      await medias.rows('SELECT FROM media_version WHERE media_id = ANY(:ids::uuid[])', { ids: [one.id, other.id] }),
    ).toEqual([])
  })

  it('then the same bytes can be uploaded again', async () => {
    const bytes = await drawPicture()
    const first = await upload(bytes)
    await remove(first.id, '?permanent=true')
    const again = await upload(bytes)
    const file = await ada.fetch(`/media/${again.id}/file`)
    expect(Buffer.from(await file.arrayBuffer())).toEqual(bytes)
  })

  it('then bytes that are uploaded at the same moment are stored', async () => {
    const bytes = await drawPicture()
    let last = await upload(bytes)
    for (let round = 0; round < 5; round++) {
      const [, next] = await Promise.all([remove(last.id, '?permanent=true'), upload(bytes)])
      expect((await ada.fetch(`/media/${next.id}/file`)).status).toBe(200)
      last = next
    }
    expect(await filesOf(last)).toHaveLength(1)
  })

  it('then the bytes of every version are deleted', async () => {
    const { id } = await upload()
    const before = (await medias.stored()).length
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(await drawPicture())]), 'next.png')
    await ada.send('POST', `/media/${id}/versions`, form)
    await medias.incomingIsEmpty()
    expect(await medias.stored()).toHaveLength(before + 1)
    await remove(id, '?permanent=true')
    expect(await medias.stored()).toHaveLength(before - 1)
  })
})

describe('When a media has been in the trash for 30 days', () => {
  it('then it is deleted with its bytes, and newer trash stays', async () => {
    const [old, young] = [await upload(), await upload()]
    for (const { id } of [old, young]) await remove(id)
    await medias.rows(`UPDATE media SET trashed_at = now() - interval '30 days 1 minute' WHERE id = :id`, old)
    await medias.rows(`UPDATE media SET trashed_at = now() - interval '29 days 23 hours' WHERE id = :id`, young)
    await emptyTrash(medias.context)
    expect((await ada.get(`/media/${old.id}`)).status).toBe(404)
    expect(await filesOf(old)).toEqual([])
    expect((await ada.get(`/media/${young.id}`)).status).toBe(200)
    expect((await restore(young.id)).status).toBe(200)
  })
})

describe('When a media is trashed before it is rendered', () => {
  let background: BackgroundTask
  let worker: ServiceProcess | undefined
  afterAll(async () => {
    await worker?.stop()
    await background?.stop()
  })

  it('then its job is dropped, and a restore enqueues it again', async () => {
    const media = await upload()
    await remove(media.id)
    background = startBackground(medias.context)
    worker = await startWorker(medias)
    await eventually(
      async () => {
        expect(await medias.rows('SELECT FROM outbox')).toEqual([])
        expect(await queueDepth(medias.vhost, 'media.jobs.interactive')).toBe(0)
        expect(worker?.log.filter(({ mediaId }) => mediaId === media.id)).not.toEqual([])
      },
      { limitMs: 60_000 },
    )
    expect((await ada.get(`/media/${media.id}`)).body).toMatchObject({ status: 'processing' })
    await restore(media.id)
    expect(await rendered(ada, media.id)).toMatchObject({ status: 'ready', trashedAt: null })
  })
})
