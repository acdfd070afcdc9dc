import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { OwnerState } from '@likeness/mediasdb'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, send, type Answer, type Json, type ServiceProcess } from '@likeness/test-kit'

import { startBackground } from '../src/background.ts'
import { emptyTrash } from '../src/housekeeping/housekeeping.ts'
import { settleOwner } from '../src/owners/settle-owner.ts'
import { HELD, drawPicture, formOf, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { rendered, startWorker } from './real-worker.ts'
import { finishVersion } from './rendered.ts'
import { countOf, giveMany, someoneWaits, tell, tellUntilDone } from './told-owners.ts'

let medias: MediasUnderTest
let admin: Client

beforeAll(async () => {
  medias = await startMedias()
  admin = medias.somebody('media:*')
})
afterAll(() => medias?.stop())

const told = async (owner: Client, state: OwnerState, revision: number): Promise<Json> =>
  (await tell(medias, owner.id, { state, revision })).body
const untilDone = (owner: Client, state: OwnerState, revision: number) =>
  tellUntilDone(medias, owner.id, { state, revision })
const problem = ({ status, body }: Answer) => [status, body.code]
const upload = async (client: Client, fields = {}, bytes?: Buffer): Promise<Json> =>
  (await client.upload({ bytes: bytes ?? (await drawPicture()) }, fields)).body
const trash = (client: Client, id: string) => client.send('DELETE', `/media/${id}`)
const addVersion = async (client: Client, id: string) =>
  client.send('POST', `/media/${id}/versions`, formOf({ bytes: await drawPicture() }))
const restore = (client: Client, id: string) => client.send('POST', `/media/${id}/restore`)
const idsOf = ({ body }: Answer) => body.data.map(({ id }: Json) => id)
const shownOf = async (owner: Client) => idsOf(await admin.get(`/media?owner=${owner.id}&limit=200`))
const trashOf = async (owner: Client) => idsOf(await admin.get(`/media?owner=${owner.id}&trashed=true&limit=200`))

describe('When an owner is deleted', () => {
  it('then their media are out of sight at once, and nobody else’s are', async () => {
    const [ada, eve] = [medias.somebody(), medias.somebody()]
    const [mine, hers] = [await upload(ada, { visibility: 'public' }), await upload(eve, { visibility: 'public' })]
    await finishVersion(medias, mine.id)
    expect((await medias.nobody.get(`/media/${mine.id}/sizes/thumb.jpeg`)).status).toBe(200)

    expect(await told(ada, 'deleted', 1)).toEqual({ state: 'deleted', revision: 1, done: true, media: 1 })
    for (const path of ['', '/file', '/sizes/thumb.jpeg', '/sizes/thumb.jpeg?v=1']) {
      expect(problem(await medias.nobody.get(`/media/${mine.id}${path}`))).toEqual([401, 'token-missing'])
      expect((await eve.get(`/media/${mine.id}${path}`)).status).toBe(404)
    }
    expect(await shownOf(ada)).toEqual([])
    expect(await trashOf(ada)).toEqual([mine.id])
    expect(await shownOf(eve)).toEqual([hers.id])
    expect((await medias.nobody.get(`/media/${hers.id}`)).status).toBe(200)
  })

  it('then nobody restores any of it, and it can be deleted for good', async () => {
    const ada = medias.somebody()
    const [kept, trashed] = [await upload(ada), await upload(ada)]
    await trash(ada, trashed.id)
    await told(ada, 'deleted', 1)
    for (const { id } of [kept, trashed]) {
      expect(problem(await restore(admin, id))).toEqual([409, 'owner-deleted'])
      expect(problem(await restore(ada, id))).toEqual([409, 'owner-deleted'])
    }
    expect((await admin.send('DELETE', `/media/${kept.id}?permanent=true`)).status).toBe(204)
    expect(await trashOf(ada)).toEqual([trashed.id])
  })

  it('then nothing is taken for them any more, and nothing is left of what was sent', async () => {
    const ada = medias.somebody()
    const media = await upload(ada)
    await told(ada, 'deleted', 1)
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

  it('then an upload that was about to commit is caught', async () => {
    const ada = medias.somebody()
    const { mediasdb } = medias.context
    let uploading: Promise<Answer> | undefined
    let telling: Promise<Answer> | undefined
    await mediasdb.transaction(async (unit) => {
      await unit.rows('LOCK TABLE media IN SHARE MODE')
      uploading = ada.upload({ bytes: await drawPicture() }, { visibility: 'public' })
      await someoneWaits(medias, 'relation')
      telling = tell(medias, ada.id, { state: 'deleted', revision: 1 })
      await someoneWaits(medias, 'advisory')
    }, HELD)
    const { status, body: media } = (await uploading) as Answer
    expect(status).toBe(201)
    expect((await telling)?.body).toEqual({ state: 'deleted', revision: 1, done: true, media: 1 })
    expect((await medias.nobody.get(`/media/${media.id}`)).status).toBe(401)
  })

  it('then what somebody holds at the moment follows as soon as it is let go', async () => {
    const ada = medias.somebody()
    const [held] = [await upload(ada), await upload(ada)]
    const { mediasdb } = medias.context
    let telling: Promise<Answer> | undefined
    await mediasdb.transaction(async (unit) => {
      await unit.rows('SELECT FROM media WHERE id = :id FOR UPDATE', held)
      const early = await settleOwner(medias.context, ada.id, { state: 'deleted', revision: 1 }, { limitMs: 200 })
      expect(early).toMatchObject({ done: false, media: 1 })
      telling = tell(medias, ada.id, { state: 'deleted', revision: 1 })
    }, HELD)
    expect((await telling)?.body).toMatchObject({ done: true, media: 1 })
    expect(await shownOf(ada)).toEqual([])
  })

  it('then it does not run out of its days in the trash, unlike what they had trashed themselves', async () => {
    const ada = medias.somebody()
    const [kept, trashed] = [await upload(ada), await upload(ada)]
    await trash(ada, trashed.id)
    await told(ada, 'deleted', 1)
    await medias.rows(`UPDATE media SET trashed_at = now() - interval '400 days' WHERE owner_id = :id`, { id: ada.id })
    await emptyTrash(medias.context)
    expect(await trashOf(ada)).toEqual([kept.id])
    await told(ada, 'active', 2)
    expect(await shownOf(ada)).toEqual([kept.id])
  })
})

describe('When an owner comes back', () => {
  it('then what went with them comes back as it was, and their own trash stays trash', async () => {
    const ada = medias.somebody()
    const media = await upload(ada, { visibility: 'public', title: 'kept', tags: 'kept' })
    const trashed = await upload(ada)
    await trash(ada, trashed.id)
    await told(ada, 'deleted', 1)
    expect(await told(ada, 'active', 2)).toEqual({ state: 'active', revision: 2, done: true, media: 1 })
    const asked = `SELECT routing_key, payload FROM outbox WHERE payload->>'mediaId' = :id ORDER BY id`
    const [first, again] = await medias.rows(asked, media)
    expect(again).toEqual({ routing_key: 'bulk', payload: first?.['payload'] })

    expect((await medias.nobody.get(`/media/${media.id}`)).body).toEqual({ ...media, updatedAt: expect.any(String) })
    expect(await trashOf(ada)).toEqual([trashed.id])
    expect((await restore(ada, trashed.id)).status).toBe(200)
    expect((await upload(ada)).status).toBe('processing')
    expect((await addVersion(ada, media.id)).status).toBe(201)
  })

  it('then what they trash from then on is their own again', async () => {
    const ada = medias.somebody()
    const media = await upload(ada)
    await told(ada, 'deleted', 1)
    await told(ada, 'active', 2)
    await trash(ada, media.id)
    await told(ada, 'deleted', 3)
    expect(await told(ada, 'active', 4)).toMatchObject({ done: true, media: 0 })
    expect(await trashOf(ada)).toEqual([media.id])
  })

  it('then one of theirs that is not back yet can be restored by hand', async () => {
    const ada = medias.somebody()
    const [first] = [await upload(ada), await giveMany(medias, ada, 600)]
    await untilDone(ada, 'deleted', 1)
    await medias.rows(`UPDATE media_owner SET state = 'active', revision = 2 WHERE owner_id = :id`, { id: ada.id })
    expect((await restore(ada, first.id)).status).toBe(200)
    expect(await untilDone(ada, 'active', 2)).toMatchObject({ done: true, media: 600 })
  })

  describe('before a worker came to their media', () => {
    let background: BackgroundTask | undefined
    let worker: ServiceProcess | undefined
    afterAll(async () => {
      await worker?.stop()
      await background?.stop()
    })

    it('then its job did nothing, and is asked for again, behind those that somebody waits for', async () => {
      const ada = medias.somebody()
      const media = await upload(ada)
      await told(ada, 'deleted', 1)
      background = startBackground(medias.context)
      worker = await startWorker(medias)
      await eventually(async () => expect(worker?.log.filter(({ mediaId }) => mediaId === media.id)).not.toEqual([]), {
        limitMs: 15_000,
      })
      expect((await admin.get(`/media/${media.id}`)).body).toMatchObject({ status: 'processing' })

      await told(ada, 'active', 2)
      expect(await rendered(ada, media.id)).toMatchObject({ status: 'ready', trashedAt: null })
    }, 40_000)
  })
})

describe('When somebody else tells of an owner, or something that is none', () => {
  it('then they are refused, and nothing is known', async () => {
    const ada = medias.somebody('*')
    const noToken = await send('PUT', `${medias.url}/internal/owners/${ada.id}`, {
      body: { state: 'deleted', revision: 1 },
    })
    expect(noToken.status).toBe(401)
    expect((await tell(medias, ada.id, { state: 'deleted', revision: 1 }, ada.token)).status).toBe(401)
    for (const [state, revision] of [
      ['gone', 1],
      ['deleted', -1],
      ['deleted', 1.5],
      ['deleted', '1'],
      ['deleted', 2 ** 60],
      ['deleted', undefined],
      [undefined, 1],
    ]) {
      expect(problem(await tell(medias, ada.id, { state, revision }))).toEqual([422, 'invalid-request'])
    }
    expect((await tell(medias, 'nobody', { state: 'deleted', revision: 1 })).status).toBe(404)
    expect(await medias.rows('SELECT FROM media_owner WHERE owner_id = :id', { id: ada.id })).toEqual([])
  })

  it('then an owner without media is remembered all the same', async () => {
    const ada = medias.somebody()
    expect(await told(ada, 'deleted', 0)).toEqual({ state: 'deleted', revision: 0, done: true, media: 0 })
    expect(problem(await ada.upload({ bytes: await drawPicture() }))).toEqual([403, 'owner-deleted'])
  })
})

describe('When the figures are read', () => {
  it('then they tell how many media moved with their owners', async () => {
    const figure = async (move: string) => {
      const text = String((await send('GET', `${medias.url}/metrics`)).body)
      return Number(new RegExp(`^owner_media_total\\{[^}]*move="${move}"[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1])
    }
    const ada = medias.somebody()
    await giveMany(medias, ada, 3)
    const before = await Promise.all(['trashed', 'restored', 'deleted'].map(figure))
    await told(ada, 'deleted', 1)
    await told(ada, 'active', 2)
    await told(ada, 'erased', 3)
    const after = await Promise.all(['trashed', 'restored', 'deleted'].map(figure))
    expect(after.map((value, index) => value - Number(before[index]))).toEqual([3, 3, 3])
  })
})
