import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { defaultPresets, fingerprintOf } from '@likeness/media-jobs'
import type { Answer, Json } from '@likeness/test-kit'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'

import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'

let medias: MediasUnderTest
let ada: Client
let operator: Client

beforeAll(async () => {
  medias = await startMedias({ variables: { ATTACHMENT_TYPES: 'application/pdf' } })
  operator = medias.somebody('jobs:*', 'media:*', 'tags:*')
})
beforeEach(async () => {
  ada = medias.somebody()
  await medias.rows('DELETE FROM media')
  await medias.rows('DELETE FROM regeneration')
})
afterAll(() => medias?.stop())

/** Adds a media that has every size of the presets. */
async function addReady(fields: Record<string, string> = {}, owner = ada): Promise<Json> {
  const { body } = await owner.upload({ bytes: await drawPicture() }, fields)
  await finishVersion(medias, body.id)
  return body
}
const startRegeneration = (body: unknown = {}, headers = {}): Promise<Answer> =>
  operator.send('POST', '/regenerations', body, headers)
const totalOf = async (body: unknown): Promise<number> => {
  const answer = await startRegeneration(body)
  expect(answer.status).toBe(202)
  return answer.body.total
}
const versionIdOf = async ({ id }: Json) =>
  (await medias.rows('SELECT current_version_id AS id FROM media WHERE id = :id', { id }))[0]?.['id'] as string
const sizes = async (media: Json, sql: string) =>
  medias.rows(`${sql} AND version_id = :versionId`, { versionId: await versionIdOf(media) })
const makeStale = (media: Json) => sizes(media, `UPDATE media_size SET fingerprint = repeat('0', 16) WHERE true`)
const problem = ({ status, body }: Answer) => [status, body.code]

describe('When nothing is stale', () => {
  it('then a regeneration is done immediately, with a total of 0', async () => {
    await addReady()
    const answer = await startRegeneration()
    expect(answer.status).toBe(202)
    expect(answer.headers.get('location')).toBe(`/api/v1/regenerations/${answer.body.id}`)
    const done = {
      id: expect.any(String),
      status: 'done',
      only: 'stale',
      filter: {},
      total: 0,
      done: 0,
      failed: 0,
      rate: null,
      secondsLeft: null,
      createdAt: expect.any(String),
      finishedAt: expect.any(String),
    }
    expect(answer.body).toEqual(done)
    expect((await operator.get(`/regenerations/${answer.body.id}`)).body).toEqual({ ...done, failures: [] })
  })

  it('then versions that are not ready, media in the trash and other files are not counted', async () => {
    const [trashed, failed] = [await addReady(), await addReady()]
    for (const media of [trashed, failed]) await makeStale(media)
    await ada.send('DELETE', `/media/${trashed.id}`)
    await medias.rows(`UPDATE media_version SET status = 'failed' WHERE media_id = :id`, failed)
    await ada.upload({ bytes: await drawPicture() })
    expect((await ada.upload({ bytes: Buffer.from('%PDF-1.4\n%âãÏÓ\n'), name: 'a.pdf' })).status).toBe(201)
    expect(await totalOf({})).toBe(0)
    expect(await totalOf({ only: 'all' })).toBe(0)
  })
})

describe('When versions are stale', () => {
  it.each([
    ['lacks a size', `DELETE FROM media_size WHERE preset = 'small' AND format = 'avif'`],
    [
      'has a size with another fingerprint',
      `UPDATE media_size SET fingerprint = repeat('0', 16) WHERE preset = 'thumb'`,
    ],
    ['has a size of a deleted preset', `UPDATE media_size SET preset = 'tiny' WHERE preset = 'xlarge'`],
    ['has no size at all', 'DELETE FROM media_size WHERE true'],
  ])('then a version that %s is counted immediately', async (_what, sql) => {
    await addReady()
    await sizes(await addReady(), sql)
    const { body } = await startRegeneration()
    expect(body).toMatchObject({ status: 'running', total: 1, done: 0, failed: 0, finishedAt: null })
  })

  it('then a version with an obsolete size is counted', async () => {
    const media = await addReady()
    await medias.rows(
      `INSERT INTO media_size (id, version_id, preset, format, width, height, bytes, store_key, fingerprint)
       SELECT gen_random_uuid(), version_id, preset, 'webp', width, height, bytes, store_key, fingerprint
       FROM media_size WHERE preset = 'small' AND format = 'jpeg' AND version_id = :id`,
      { id: await versionIdOf(media) },
    )
    expect(await totalOf({})).toBe(1)
    expect(await totalOf({ filter: { presets: ['medium'] } })).toBe(0)
  })

  it('then the expected formats depend on alpha and animation', async () => {
    const { body: drawing } = await ada.upload({ bytes: await drawPicture() })
    await finishVersion(medias, drawing.id, { formats: ['avif', 'webp'] })
    expect(await totalOf({})).toBe(0)
    const turn = (columns: string) => medias.rows(`UPDATE media_version SET ${columns}`)
    await turn('has_alpha = false')
    expect(await totalOf({})).toBe(1)
    await turn('has_alpha = false, animated = true')
    expect(await totalOf({})).toBe(1)
    await sizes(drawing, `DELETE FROM media_size WHERE format = 'avif'`)
    expect(await totalOf({})).toBe(0)
    await turn('animated = NULL')
    expect(await totalOf({})).toBe(1)
  })

  it('then a version that started to render before the regeneration is counted', async () => {
    const { body: media } = await ada.upload({ bytes: await drawPicture() })
    await medias.rows(`UPDATE media_version SET status = 'processing', started_at = now() WHERE media_id = :id`, media)
    expect(await totalOf({})).toBe(1)
    await medias.rows(`UPDATE media_version SET started_at = now() + interval '1 minute' WHERE media_id = :id`, media)
    expect(await totalOf({})).toBe(0)
  })

  it('then SQL computes the same fingerprint of a focal point as fingerprintOf', async () => {
    const media = await addReady()
    const [thumb] = defaultPresets.filter(({ name }) => name === 'thumb')
    const part = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 1, 0.5, 1e-4, 1e-7, 0.000_05, 0.99995, 1 / 3),
      fc.integer({ min: 0, max: 10_000 }).map((whole) => whole / 10_000),
    )
    await fc.assert(
      fc.asyncProperty(part, part, async (x, y) => {
        await medias.rows('UPDATE media SET focal_x = :x, focal_y = :y', { x, y })
        const fingerprint = thumb && fingerprintOf(thumb, { x, y })
        await medias.rows(`UPDATE media_size SET fingerprint = :fingerprint WHERE preset = 'thumb'`, { fingerprint })
        expect([x, y, await totalOf({})]).toEqual([x, y, 0])
      }),
      { numRuns: 60 },
    )
    await medias.rows('UPDATE media SET focal_x = 0.25, focal_y = 0.75')
    expect(await totalOf({})).toBe(1)
    expect(await totalOf({ filter: { presets: ['small', 'large'] } })).toBe(0)
    expect(await versionIdOf(media)).toBeDefined()
  })
})

describe('When a regeneration renders all sizes', () => {
  it('then older versions are counted too, and versions uploaded afterwards are not', async () => {
    const media = await addReady()
    await addReady()
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(await drawPicture())]), 'next.png')
    await ada.send('POST', `/media/${media.id}/versions`, form)
    await finishVersion(medias, media.id, { number: 2 })
    expect(await totalOf({ only: 'all' })).toBe(3)
    await medias.rows(`UPDATE media_version SET created_at = now() + interval '1 minute' WHERE number = 2`)
    expect(await totalOf({ only: 'all' })).toBe(2)
  })
})

describe('When there is a filter', () => {
  it('then a media must match all of its conditions', async () => {
    const bea = medias.somebody()
    const [sea, old] = [await addReady({ tags: 'sea,holiday' }), await addReady({ tags: 'sea' })]
    await addReady({ tags: 'sea' }, bea)
    await addReady()
    await medias.rows(`UPDATE media SET created_at = '2020-05-05T00:00:00Z' WHERE id = :id`, old)
    const total = (filter: object) => totalOf({ only: 'all', filter })
    expect(await total({})).toBe(4)
    expect(await total({ tag: 'sea' })).toBe(3)
    expect(await total({ tag: 'holiday' })).toBe(1)
    expect(await total({ tag: 'nothing-has-it' })).toBe(0)
    expect(await total({ owner: ada.id })).toBe(3)
    expect(await total({ owner: ada.id.toUpperCase(), tag: 'sea' })).toBe(2)
    expect(await total({ owner: uuidv7() })).toBe(0)
    expect(await total({ createdBefore: '2020-05-05T00:00:01Z' })).toBe(1)
    expect(await total({ createdBefore: '2020-05-05T00:00:00Z' })).toBe(0)
    expect(await total({ owner: ada.id, tag: 'sea', createdBefore: '2020-06-01T02:00:00+02:00' })).toBe(1)
    expect(await total({ createdBefore: '2020-05-05T15:00:01+15:00' })).toBe(1)
    expect(await total({ presets: ['small'] })).toBe(4)
    await makeStale(sea)
    expect(await totalOf({ filter: { tag: 'sea', presets: ['small', 'small'] } })).toBe(1)
    expect(await totalOf({ filter: { owner: bea.id } })).toBe(0)
  })

  it.each([
    [{ only: 'some' }, 'body.only'],
    [{ what: 'all' }, 'body.what'],
    [{ filter: { tags: 'sea' } }, 'body.filter.tags'],
    [{ filter: { tag: 'Not a slug' } }, 'body.filter.tag'],
    [{ filter: { tag: '' } }, 'body.filter.tag'],
    [{ filter: { owner: 'ada' } }, 'body.filter.owner'],
    [{ filter: { presets: [] } }, 'body.filter.presets'],
    [{ filter: { presets: ['small', 'giant'] } }, 'body.filter.presets.1'],
    [{ filter: { presets: ["'; --"] } }, 'body.filter.presets.0'],
    [{ filter: { createdBefore: 'yesterday' } }, 'body.filter.createdBefore'],
    [{ filter: { createdBefore: '2020-05-05' } }, 'body.filter.createdBefore'],
    [{ filter: { createdBefore: '0000-01-01T00:00:00Z' } }, 'body.filter.createdBefore'],
    [{ filter: { createdBefore: '2026-01-01T00:00:00+23:00' } }, 'body.filter.createdBefore'],
    [{ filter: 'all' }, 'body.filter'],
  ])('then %j is rejected, and no regeneration is created', async (body, path) => {
    const answer = await startRegeneration(body)
    expect(problem(answer)).toEqual([422, 'invalid-request'])
    expect(answer.body.errors.map((error: Json) => error.path)).toContain(path)
    expect((await operator.get('/regenerations')).body.data).toEqual([])
  })
})

describe('When regenerations are listed', () => {
  it('then the newest comes first, in pages', async () => {
    const ids = []
    for (let index = 0; index < 5; index++) ids.unshift((await startRegeneration()).body.id)
    const first = await operator.get('/regenerations?limit=2&count=true')
    expect(first.body.data.map(({ id }: Json) => id)).toEqual(ids.slice(0, 2))
    expect(first.body.data[0]).not.toHaveProperty('failures')
    expect(first.body.page).toMatchObject({ limit: 2, total: 5, next: expect.any(String) })
    const second = await operator.get(`/regenerations?limit=2&after=${first.body.page.next}`)
    expect(second.body.data.map(({ id }: Json) => id)).toEqual(ids.slice(2, 4))
    const oldest = await operator.get('/regenerations?sort=createdAt&limit=1')
    expect(oldest.body.data[0].id).toBe(ids.at(-1))
  })

  it('then an unknown id is 404', async () => {
    expect(problem(await operator.get(`/regenerations/${uuidv7()}`))).toEqual([404, 'not-found'])
    expect(problem(await operator.get('/regenerations/none'))).toEqual([404, 'not-found'])
  })

  it('then jobs:read is required to read, and jobs:write to start and to cancel', async () => {
    const { id } = (await startRegeneration()).body
    const reader = medias.somebody('jobs:read')
    const owner = medias.somebody('jobs:read:own', 'jobs:write:own')
    expect((await reader.get(`/regenerations/${id}`)).status).toBe(200)
    expect(problem(await reader.send('POST', '/regenerations', {}))).toEqual([403, 'forbidden'])
    expect(problem(await reader.send('DELETE', `/regenerations/${id}`))).toEqual([403, 'forbidden'])
    expect(problem(await owner.get('/regenerations'))).toEqual([403, 'forbidden'])
    expect(problem(await owner.send('POST', '/regenerations', {}))).toEqual([403, 'forbidden'])
  })
})

describe('When a regeneration is cancelled', () => {
  it('then it stays cancelled, and a repeated cancellation changes nothing', async () => {
    await makeStale(await addReady())
    const { id } = (await startRegeneration()).body
    expect((await operator.send('DELETE', `/regenerations/${id}`)).status).toBe(204)
    const { body: cancelled } = await operator.get(`/regenerations/${id}`)
    expect(cancelled).toMatchObject({ status: 'cancelled', total: 1, done: 0, finishedAt: expect.any(String) })
    expect((await operator.send('DELETE', `/regenerations/${id}`)).status).toBe(204)
    expect((await operator.get(`/regenerations/${id}`)).body).toEqual(cancelled)
  })

  it('then a finished regeneration is 409, and an unknown one is 404', async () => {
    const { id } = (await startRegeneration()).body
    expect(problem(await operator.send('DELETE', `/regenerations/${id}`))).toEqual([409, 'regeneration-done'])
    expect(problem(await operator.send('DELETE', `/regenerations/${uuidv7()}`))).toEqual([404, 'not-found'])
  })

  it('then If-Match is checked', async () => {
    await makeStale(await addReady())
    const { id } = (await startRegeneration()).body
    const etag = (await operator.get(`/regenerations/${id}`)).headers.get('etag') ?? ''
    const cancel = (ifMatch: string) =>
      operator.send('DELETE', `/regenerations/${id}`, undefined, { 'if-match': ifMatch })
    expect(problem(await cancel('"another"'))).toEqual([412, 'precondition-failed'])
    expect((await cancel(etag)).status).toBe(204)
  })
})

describe('When a request is repeated with its Idempotency-Key', () => {
  it('then there is one regeneration', async () => {
    const headers = { 'idempotency-key': 'once' }
    const [first, again] = [
      await startRegeneration({ only: 'all' }, headers),
      await startRegeneration({ only: 'all' }, headers),
    ]
    expect(again.body.id).toBe(first.body.id)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect((await operator.get('/regenerations')).body.data).toHaveLength(1)
    expect(problem(await startRegeneration({ only: 'stale' }, headers))).toEqual([422, 'idempotency-key-reused'])
  })
})
