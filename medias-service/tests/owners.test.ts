import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, readMetrics, send, type Answer, type Json, type ServiceProcess } from '@likeness/test-kit'

import { startBackground } from '../src/background.ts'
import { emptyTrash } from '../src/housekeeping/housekeeping.ts'
import { settleOwner } from '../src/owners/settle-owner.ts'
import { HELD, drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { rendered, startWorker } from './real-worker.ts'
import { finishVersion } from './rendered.ts'
import { countOf, giveMany, ownerActions, waitUntilBlocked, reportState } from './reported-owners.ts'

let medias: MediasUnderTest
let admin: Client

beforeAll(async () => {
  medias = await startMedias()
  admin = medias.somebody('media:*')
})
afterAll(() => medias?.stop())

const { addVersion, report, trash, untilDone, upload } = ownerActions(() => medias)
const problem = ({ status, body }: Answer) => [status, body.code]
const restore = (client: Client, id: string) => client.send('POST', `/media/${id}/restore`)
const idsOf = ({ body }: Answer) => body.data.map(({ id }: Json) => id)
const shownOf = async (owner: Client) => idsOf(await admin.get(`/media?owner=${owner.id}&limit=200`))
const trashOf = async (owner: Client) => idsOf(await admin.get(`/media?owner=${owner.id}&trashed=true&limit=200`))

describe('When an owner is deleted', () => {
  it('then their media are in the trash immediately, and media of others are not', async () => {
    const [ada, eve] = [medias.somebody(), medias.somebody()]
    const [mine, hers] = [await upload(ada, { visibility: 'public' }), await upload(eve, { visibility: 'public' })]
    await finishVersion(medias, mine.id)
    expect((await medias.nobody.get(`/media/${mine.id}/sizes/thumb.jpeg`)).status).toBe(200)

    expect(await report(ada, 'deleted', 1)).toEqual({ state: 'deleted', revision: 1, done: true, media: 1 })
    for (const path of ['', '/file', '/sizes/thumb.jpeg', '/sizes/thumb.jpeg?v=1']) {
      expect(problem(await medias.nobody.get(`/media/${mine.id}${path}`))).toEqual([401, 'token-missing'])
      expect((await eve.get(`/media/${mine.id}${path}`)).status).toBe(404)
    }
    expect(await shownOf(ada)).toEqual([])
    expect(await trashOf(ada)).toEqual([mine.id])
    expect(await shownOf(eve)).toEqual([hers.id])
    expect((await medias.nobody.get(`/media/${hers.id}`)).status).toBe(200)
  })

  it('then nobody can restore their media, but they can be deleted permanently', async () => {
    const ada = medias.somebody()
    const [kept, trashed] = [await upload(ada), await upload(ada)]
    await trash(ada, trashed.id)
    await report(ada, 'deleted', 1)
    for (const { id } of [kept, trashed]) {
      expect(problem(await restore(admin, id))).toEqual([409, 'owner-deleted'])
      expect(problem(await restore(ada, id))).toEqual([409, 'owner-deleted'])
    }
    expect((await admin.send('DELETE', `/media/${kept.id}?permanent=true`)).status).toBe(204)
    expect(await trashOf(ada)).toEqual([trashed.id])
  })

  it('then uploads for them are rejected and leave no files', async () => {
    const ada = medias.somebody()
    const media = await upload(ada)
    await report(ada, 'deleted', 1)
    const before = await medias.stored()
    const files = [{ bytes: await drawPicture() }, { bytes: await drawPicture() }]
    expect(problem(await ada.upload({ bytes: await drawPicture() }, { tags: 'never-made' }))).toEqual([
      403,
      'owner-deleted',
    ])
    const many = (await ada.upload(files)).body.results
    expect(many.map(({ problem: { code } }: Json) => code)).toEqual(['owner-deleted', 'owner-deleted'])
    expect(problem(await addVersion(ada, media.id))).toEqual([403, 'owner-deleted'])
    expect(problem(await addVersion(admin, media.id))).toEqual([403, 'owner-deleted'])
    await medias.incomingIsEmpty()
    expect(await medias.stored()).toEqual(before)
    expect(await countOf(medias, ada)).toBe(1)
    expect(await medias.rows(`SELECT FROM media_tag WHERE slug = 'never-made'`)).toEqual([])
  })

  it('then an upload that commits at the same moment is trashed too', async () => {
    const ada = medias.somebody()
    const { mediasdb } = medias.context
    let uploading: Promise<Answer> | undefined
    let reporting: Promise<Answer> | undefined
    await mediasdb.transaction(async (unit) => {
      await unit.rows('LOCK TABLE media IN SHARE MODE')
      uploading = ada.upload({ bytes: await drawPicture() }, { visibility: 'public' })
      await waitUntilBlocked(medias, 'relation')
      reporting = reportState(medias, ada.id, { state: 'deleted', revision: 1 })
      await waitUntilBlocked(medias, 'advisory')
    }, HELD)
    const { status, body: media } = (await uploading) as Answer
    expect(status).toBe(201)
    expect((await reporting)?.body).toEqual({ state: 'deleted', revision: 1, done: true, media: 1 })
    expect((await medias.nobody.get(`/media/${media.id}`)).status).toBe(401)
  })

  it('then locked media are skipped, and trashed when they are unlocked', async () => {
    const ada = medias.somebody()
    const [held] = [await upload(ada), await upload(ada)]
    const { mediasdb } = medias.context
    let reporting: Promise<Answer> | undefined
    await mediasdb.transaction(async (unit) => {
      await unit.rows('SELECT FROM media WHERE id = :id FOR UPDATE', held)
      const early = await settleOwner(medias.context, ada.id, { state: 'deleted', revision: 1 }, { limitMs: 200 })
      expect(early).toMatchObject({ done: false, media: 1 })
      reporting = reportState(medias, ada.id, { state: 'deleted', revision: 1 })
    }, HELD)
    expect((await reporting)?.body).toMatchObject({ done: true, media: 1 })
    expect(await shownOf(ada)).toEqual([])
  })

  it('then their media do not expire in the trash, except media that they had trashed themselves', async () => {
    const ada = medias.somebody()
    const [kept, trashed] = [await upload(ada), await upload(ada)]
    await trash(ada, trashed.id)
    await report(ada, 'deleted', 1)
    await medias.rows(`UPDATE media SET trashed_at = now() - interval '400 days' WHERE owner_id = :id`, { id: ada.id })
    await emptyTrash(medias.context)
    expect(await trashOf(ada)).toEqual([kept.id])
    await report(ada, 'active', 2)
    expect(await shownOf(ada)).toEqual([kept.id])
  })
})

describe('When an owner is restored', () => {
  it('then media that were trashed with the owner are restored, and media that the owner trashed are not', async () => {
    const ada = medias.somebody()
    const media = await upload(ada, { visibility: 'public', title: 'kept', tags: 'kept' })
    const trashed = await upload(ada)
    await trash(ada, trashed.id)
    await report(ada, 'deleted', 1)
    expect(await report(ada, 'active', 2)).toEqual({ state: 'active', revision: 2, done: true, media: 1 })
    const asked = `SELECT routing_key, payload FROM outbox WHERE payload->>'mediaId' = :id ORDER BY id`
    const [first, again] = await medias.rows(asked, media)
    expect(again).toEqual({ routing_key: 'bulk', payload: first?.['payload'] })

    expect((await medias.nobody.get(`/media/${media.id}`)).body).toEqual({ ...media, updatedAt: expect.any(String) })
    expect(await trashOf(ada)).toEqual([trashed.id])
    expect((await restore(ada, trashed.id)).status).toBe(200)
    expect((await upload(ada)).status).toBe('processing')
    expect((await addVersion(ada, media.id)).status).toBe(201)
  })

  it('then media that they trash afterwards stay in the trash', async () => {
    const ada = medias.somebody()
    const media = await upload(ada)
    await report(ada, 'deleted', 1)
    await report(ada, 'active', 2)
    await trash(ada, media.id)
    await report(ada, 'deleted', 3)
    expect(await report(ada, 'active', 4)).toMatchObject({ done: true, media: 0 })
    expect(await trashOf(ada)).toEqual([media.id])
  })

  it('then a media that is not restored yet can be restored by a request', async () => {
    const ada = medias.somebody()
    const [first] = [await upload(ada), await giveMany(medias, ada, 600)]
    await untilDone(ada, 'deleted', 1)
    await medias.rows(`UPDATE media_owner SET state = 'active', revision = 2 WHERE owner_id = :id`, { id: ada.id })
    expect((await restore(ada, first.id)).status).toBe(200)
    expect(await untilDone(ada, 'active', 2)).toMatchObject({ done: true, media: 600 })
  })

  describe('before a worker rendered their media', () => {
    let background: BackgroundTask | undefined
    let worker: ServiceProcess | undefined
    afterAll(async () => {
      await worker?.stop()
      await background?.stop()
    })

    it('then the dropped job is enqueued again, on the bulk queue', async () => {
      const ada = medias.somebody()
      const media = await upload(ada)
      await report(ada, 'deleted', 1)
      background = startBackground(medias.context)
      worker = await startWorker(medias)
      await eventually(async () => expect(worker?.log.filter(({ mediaId }) => mediaId === media.id)).not.toEqual([]), {
        limitMs: 60_000,
      })
      expect((await admin.get(`/media/${media.id}`)).body).toMatchObject({ status: 'processing' })

      await report(ada, 'active', 2)
      expect(await rendered(ada, media.id)).toMatchObject({ status: 'ready', trashedAt: null })
    })
  })
})

describe('When the caller is not a service, or the state is invalid', () => {
  it('then the report is rejected, and nothing is stored', async () => {
    const ada = medias.somebody('*')
    const noToken = await send('PUT', `${medias.url}/internal/owners/${ada.id}`, {
      body: { state: 'deleted', revision: 1 },
    })
    expect(noToken.status).toBe(401)
    expect((await reportState(medias, ada.id, { state: 'deleted', revision: 1 }, ada.token)).status).toBe(401)
    for (const [state, revision] of [
      ['gone', 1],
      ['deleted', -1],
      ['deleted', 1.5],
      ['deleted', '1'],
      ['deleted', 2 ** 60],
      ['deleted', undefined],
      [undefined, 1],
    ]) {
      expect(problem(await reportState(medias, ada.id, { state, revision }))).toEqual([422, 'invalid-request'])
    }
    expect((await reportState(medias, 'nobody', { state: 'deleted', revision: 1 })).status).toBe(404)
    expect(await medias.rows('SELECT FROM media_owner WHERE owner_id = :id', { id: ada.id })).toEqual([])
  })

  it('then the state of an owner without media is stored', async () => {
    const ada = medias.somebody()
    expect(await report(ada, 'deleted', 0)).toEqual({ state: 'deleted', revision: 0, done: true, media: 0 })
    expect(problem(await ada.upload({ bytes: await drawPicture() }))).toEqual([403, 'owner-deleted'])
  })
})

describe('When the metrics are read', () => {
  it('then they count the media that were trashed, restored and deleted with their owners', async () => {
    const figure = async (move: string) => {
      const text = await readMetrics(medias.url)
      return Number(
        new RegExp(`^likeness_owner_media_total\\{[^}]*move="${move}"[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1],
      )
    }
    const ada = medias.somebody()
    await giveMany(medias, ada, 3)
    const before = await Promise.all(['trashed', 'restored', 'deleted'].map(figure))
    await report(ada, 'deleted', 1)
    await report(ada, 'active', 2)
    await report(ada, 'erased', 3)
    const after = await Promise.all(['trashed', 'restored', 'deleted'].map(figure))
    expect(after.map((value, index) => value - Number(before[index]))).toEqual([3, 3, 3])
  })
})
