import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { StoreUnavailableError } from '@likeness/media-files'
import type { OwnerState } from '@likeness/mediasdb'
import { eventually, type Answer, type Json } from '@likeness/test-kit'

import { runHousekeeping } from '../src/housekeeping/housekeeping.ts'
import { settleOwner } from '../src/owners/settle-owner.ts'
import { HELD, drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'
import { countOf, giveMany, ownerActions, waitUntilBlocked, reportState } from './reported-owners.ts'

let medias: MediasUnderTest
/** The error of the store when an original is deleted. */
let failure: Error | undefined

beforeAll(async () => {
  medias = await startMedias({
    store: (real) => ({
      ...real,
      delete: (key) => (failure && key.startsWith('originals/') ? Promise.reject(failure) : real.delete(key)),
    }),
  })
})
afterAll(() => medias?.stop())

const { addVersion, report, trash, untilDone, upload } = ownerActions(() => medias)
const problem = ({ status, body }: Answer) => [status, body.code]
/** Stops after the first batch, like a call that is killed. */
const begin = (owner: Client, state: OwnerState, revision: number) =>
  settleOwner(medias.context, owner.id, { state, revision }, { limitMs: 0 })

describe('When states of an owner are reported more than once or out of order', () => {
  it('then the same state again changes nothing', async () => {
    const ada = medias.somebody()
    const media = await upload(ada)
    await report(ada, 'deleted', 7)
    const { body: before } = await ada.get(`/media/${media.id}`)
    expect(await report(ada, 'deleted', 7)).toEqual({ state: 'deleted', revision: 7, done: true, media: 0 })
    expect((await ada.get(`/media/${media.id}`)).body).toEqual(before)
  })

  it('then an older state changes nothing, and the answer is the stored state', async () => {
    const ada = medias.somebody()
    await upload(ada)
    const known = { state: 'active', revision: 5, done: true, media: 0 }
    expect(await report(ada, 'active', 5)).toEqual(known)
    expect(await report(ada, 'deleted', 4)).toEqual(known)
    expect(await report(ada, 'erased', 0)).toEqual(known)
    expect(await report(ada, 'deleted', 5)).toEqual(known)
    expect(await countOf(medias, ada, 'trashed_at IS NULL')).toBe(1)
  })

  it('then the answer to an older state shows that the newer one is not done', async () => {
    const ada = medias.somebody()
    await giveMany(medias, ada, 700)
    await begin(ada, 'deleted', 2)
    expect(await report(ada, 'active', 1)).toEqual({ state: 'deleted', revision: 2, done: false, media: 0 })
    expect(await countOf(medias, ada, 'trashed_at IS NULL')).toBe(200)
  })

  it('then two concurrent calls with the same state share the work', async () => {
    const ada = medias.somebody()
    await giveMany(medias, ada, 3_000)
    const [one, other] = await Promise.all([untilDone(ada, 'deleted', 1), untilDone(ada, 'deleted', 1)])
    expect([one.done, other.done]).toEqual([true, true])
    expect(one.media + other.media).toBe(3_000)
  })

  it('then the state with the highest revision applies, in whatever order concurrent calls arrive', async () => {
    const ada = medias.somebody()
    await giveMany(medias, ada, 1_200)
    for (let revision = 1; revision < 9; revision += 2) {
      const reports = [untilDone(ada, 'deleted', revision), untilDone(ada, 'active', revision + 1)]
      const answers = await Promise.all(revision % 4 === 1 ? reports : reports.toReversed())
      expect(answers).toContainEqual(expect.objectContaining({ state: 'active', revision: revision + 1, done: true }))
      expect(await countOf(medias, ada, 'trashed_at IS NOT NULL OR trashed_with_owner')).toBe(0)
    }
  })

  it('then a call that waits for a media does not change it after a newer state was reported', async () => {
    const ada = medias.somebody()
    const media = await upload(ada)
    const { mediasdb } = medias.context
    let reporting: Promise<Json> | undefined
    await mediasdb.transaction(async (unit) => {
      await unit.rows('SELECT FROM media WHERE id = :id FOR UPDATE', media)
      reporting = report(ada, 'deleted', 1)
      const isKnown = async () =>
        expect(await medias.rows('SELECT FROM media_owner WHERE owner_id = :id', { id: ada.id })).toHaveLength(1)
      await eventually(isKnown, { limitMs: 60_000, everyMs: 10 })
      expect(await report(ada, 'active', 2)).toMatchObject({ done: true, media: 0 })
    }, HELD)
    expect(await reporting).toEqual({ state: 'active', revision: 2, done: true, media: 0 })
    expect((await ada.get(`/media/${media.id}`)).body.trashedAt).toBeNull()
  })
})

describe('When an owner is erased', () => {
  it('then all their media and files are deleted, except bytes that other owners use', async () => {
    const [ada, eve] = [medias.somebody(), medias.somebody()]
    const shared = await drawPicture()
    const theirs = await upload(eve, {}, shared)
    const mine = [await upload(ada, { tags: 'hers' }), await upload(ada), await upload(ada, {}, shared)]
    await finishVersion(medias, mine[0].id)
    await trash(ada, mine[1].id)
    await addVersion(ada, mine[0].id)
    await report(ada, 'deleted', 1)
    await medias.incomingIsEmpty()

    const before = await medias.stored()
    expect(await report(ada, 'erased', 2)).toEqual({ state: 'erased', revision: 2, done: true, media: 3 })
    expect(await countOf(medias, ada)).toBe(0)
    expect(await medias.rows('SELECT FROM media_version WHERE created_by = :id', { id: ada.id })).toEqual([])
    // Three originals that nobody else uses, and the ten renditions of one of them.
    expect(await medias.stored()).toHaveLength(before.length - 13)
    expect((await eve.fetch(`/media/${theirs.id}/file`)).status).toBe(200)
    expect(await medias.rows(`SELECT FROM blob WHERE state = 'condemned'`)).toEqual([])
  })

  it('then they stay erased, whatever state is reported later', async () => {
    const ada = medias.somebody()
    await upload(ada)
    await report(ada, 'erased', 3)
    const known = { state: 'erased', revision: 3, done: true, media: 0 }
    expect(await report(ada, 'active', 2)).toEqual(known)
    expect(await report(ada, 'active', 9)).toEqual(known)
    expect(await report(ada, 'deleted', 10)).toEqual(known)
    expect(problem(await ada.upload({ bytes: await drawPicture() }))).toEqual([403, 'owner-deleted'])
    expect(await report(ada, 'erased', 11)).toEqual({ ...known, revision: 11 })
  })

  it('then a failure of the store is returned, and the next call continues', async () => {
    const ada = medias.somebody()
    const media = [await upload(ada), await upload(ada)]
    await giveMany(medias, ada, 30)
    failure = new StoreUnavailableError('away')
    expect(problem(await reportState(medias, ada.id, { state: 'erased', revision: 1 }))).toEqual([
      503,
      'store-unavailable',
    ])
    failure = undefined
    expect(await untilDone(ada, 'erased', 1)).toMatchObject({ done: true })
    await runHousekeeping(medias.context)
    const sums = media.map(({ currentVersion }) => currentVersion.sha256)
    expect(await medias.rows('SELECT FROM blob WHERE sha256 = ANY(:sums::text[])', { sums })).toEqual([])
    expect(await countOf(medias, ada)).toBe(0)
  })

  it('then the call waits for a concurrent deletion of tags, without locked media', async () => {
    const ada = medias.somebody()
    const media = [await upload(ada, { tags: 'waited-for' }), await upload(ada, { tags: 'waited-for' })]
    const { mediasdb } = medias.context
    let reporting: Promise<Json> | undefined
    await mediasdb.transaction(async (unit) => {
      const ids = media.map(({ id }) => id)
      await unit.rows(`SELECT FROM media_tag WHERE slug = 'waited-for' FOR UPDATE`)
      reporting = report(ada, 'erased', 1)
      await waitUntilBlocked(medias, 'transactionid')
      await unit.rows('SELECT FROM media WHERE id = ANY(:ids::uuid[]) FOR UPDATE NOWAIT', { ids })
      await unit.rows(`DELETE FROM media_tag WHERE slug = 'waited-for'`)
    }, HELD)
    expect(await reporting).toEqual({ state: 'erased', revision: 1, done: true, media: 2 })
  })
})

describe('When an owner has thousands of media', () => {
  it('then an unfinished call returns done: false, and the next call continues', async () => {
    const ada = medias.somebody()
    await giveMany(medias, ada, 2_300)
    const { id } = await upload(ada)
    await trash(ada, id)
    expect(await begin(ada, 'deleted', 1)).toEqual({ state: 'deleted', revision: 1, done: false, media: 500 })
    expect(await begin(ada, 'deleted', 1)).toMatchObject({ done: false, media: 500 })
    expect(await untilDone(ada, 'deleted', 1)).toMatchObject({ done: true, media: 1_300 })

    expect(await begin(ada, 'active', 2)).toMatchObject({ done: false, media: 500 })
    expect(await untilDone(ada, 'active', 2)).toMatchObject({ done: true, media: 1_800 })
    expect(await countOf(medias, ada, 'trashed_at IS NOT NULL')).toBe(1)

    expect(await begin(ada, 'erased', 3)).toMatchObject({ done: false, media: 20 })
    expect(await untilDone(ada, 'erased', 3)).toMatchObject({ done: true, media: 2_281 })
  })

  it('then an owner who is restored before all media are trashed has all of them', async () => {
    const ada = medias.somebody()
    await giveMany(medias, ada, 1_200)
    await begin(ada, 'deleted', 1)
    expect(await untilDone(ada, 'active', 2)).toMatchObject({ done: true, media: 500 })
    expect(await countOf(medias, ada, 'trashed_at IS NULL AND NOT trashed_with_owner')).toBe(1_200)
  })
})
