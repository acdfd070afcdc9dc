import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Answer, Json } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'

let medias: MediasUnderTest
let ada: Client
let eve: Client

beforeAll(async () => {
  medias = await startMedias()
  ada = medias.somebody()
  eve = medias.somebody()
})
afterAll(() => medias?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const upload = async (fields: Record<string, string> = {}): Promise<Json> =>
  (await ada.upload({ bytes: await drawPicture() }, fields)).body
const etagOf = async (path: string) => String((await ada.get(path)).headers.get('etag'))
const change = (id: string, body: object, ifMatch?: string, client = ada) =>
  client.send('PATCH', `/media/${id}`, body, ifMatch === undefined ? {} : { 'if-match': ifMatch })

describe('When a media is changed', () => {
  it('then the answer equals a later read, with the same ETag', async () => {
    const { id } = await upload({ title: 'before' })
    const answer = await change(id, { title: 'after', alt: 'A', visibility: 'public', focalPoint: { x: 0, y: 1 } })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ title: 'after', alt: 'A', visibility: 'public', focalPoint: { x: 0, y: 1 } })
    const read = await ada.get(`/media/${id}`)
    expect(read.body).toEqual(answer.body)
    expect(read.headers.get('etag')).toBe(answer.headers.get('etag'))
    expect((await change(id, { focalPoint: null })).body).toMatchObject({ title: 'after', focalPoint: null })
    expect((await change(id, {})).status).toBe(200)
  })

  it('then one of two concurrent changes with the same ETag is 412', async () => {
    const { id } = await upload()
    const etag = await etagOf(`/media/${id}`)
    const both = await Promise.all([change(id, { title: 'one' }, etag), change(id, { title: 'two' }, etag)])
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412])
    expect(problem(both.find(({ status }) => status === 412) as Answer)).toEqual([412, 'precondition-failed'])
  })

  it.each([
    ['PATCH', '', { title: 'x' }],
    ['PUT', '/tags', { tags: [] }],
    ['DELETE', '', undefined],
    ['DELETE', '?permanent=true', undefined],
  ])('then %s%s checks If-Match', async (method, path, body) => {
    const { id } = await upload()
    const send = (ifMatch: string) => ada.send(method, `/media/${id}${path}`, body, { 'if-match': ifMatch })
    const etag = await etagOf(`/media/${id}`)
    expect((await send('"another"')).status).toBe(412)
    expect((await send(`W/${etag}`)).status).toBe(412)
    expect((await send(`"another", ${etag}`)).status).toBeLessThan(300)
  })

  it.each([
    [{ title: 5 }, 'body.title'],
    [{ title: 'a\0b' }, 'body.title'],
    [{ title: '\uD800' }, 'body.title'],
    [{ visibility: 'hidden' }, 'body.visibility'],
    [{ focalPoint: { x: 2, y: 0 } }, 'body.focalPoint.x'],
    [{ focalPoint: { x: 0 } }, 'body.focalPoint.y'],
    [{ focalPoint: { x: 0, y: 0, z: 0 } }, 'body.focalPoint.z'],
    [{ status: 'ready' }, 'body.status'],
    [{ ownerId: uuidv7() }, 'body.ownerId'],
  ])('then %j is rejected with the name of the field', async (body, path) => {
    const { id } = await upload()
    const answer = await change(id, body)
    expect(problem(answer)).toEqual([422, 'invalid-request'])
    expect(answer.body.errors[0].path).toBe(path)
  })

  it('then another user gets 404, and a caller without the permission 403', async () => {
    const { id } = await upload({ visibility: 'public' })
    const reader = medias.somebody('media:read')
    expect(problem(await change(id, { title: 'x' }, undefined, eve))).toEqual([404, 'not-found'])
    expect(problem(await change(id, { title: 'x' }, undefined, reader))).toEqual([403, 'forbidden'])
    expect((await change(id, { title: 'x' }, undefined, medias.nobody)).status).toBe(401)
    expect((await change(id, { title: 'x' }, undefined, medias.somebody('media:update'))).status).toBe(200)
    expect((await change(uuidv7(), { title: 'x' })).status).toBe(404)
    expect((await change('no-id', { title: 'x' })).status).toBe(404)
  })

  it('then only the cropped sizes are stale after a change of the focal point', async () => {
    const { id } = await upload()
    await finishVersion(medias, id)
    const { body } = await change(id, { focalPoint: { x: 0.1, y: 0.1 } })
    const stale = body.currentVersion.sizes.filter((size: Json) => size.stale).map(({ preset }: Json) => preset)
    expect([...new Set(stale)]).toEqual(['thumb'])
  })
})

describe('When a media is read again', () => {
  it('then If-None-Match returns 304 until the media changes', async () => {
    const { id } = await upload()
    const etag = await etagOf(`/media/${id}`)
    const again = await ada.fetch(`/media/${id}`, { headers: { 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect(again.headers.get('etag')).toBe(etag)
    await change(id, { title: 'new' })
    expect((await ada.get(`/media/${id}`, { 'if-none-match': etag })).status).toBe(200)
  })
})

describe('When a media is private, public or trashed', () => {
  const readings = (id: string) => [`/media/${id}`, `/media/${id}/sizes/thumb`, `/media/${id}/file`]
  const statuses = (id: string, client: Client) =>
    Promise.all(readings(id).map(async (path) => (await client.get(path)).status))

  it('then a private media can be read by its owner and by callers with media:read', async () => {
    const { id } = await upload()
    await finishVersion(medias, id)
    expect(await statuses(id, ada)).toEqual([200, 200, 200])
    expect(await statuses(id, medias.somebody('media:read'))).toEqual([200, 200, 200])
    expect(await statuses(id, eve)).toEqual([404, 404, 404])
    expect(await statuses(id, medias.somebody('tags:read'))).toEqual([404, 404, 404])
    expect(await statuses(id, medias.nobody)).toEqual([401, 401, 401])
    expect((await medias.nobody.get(`/media/${uuidv7()}`)).status).toBe(401)
  })

  it('then everybody can read a public media, with its file and its sizes', async () => {
    const { id } = await upload({ visibility: 'public' })
    await finishVersion(medias, id)
    expect(await statuses(id, eve)).toEqual([200, 200, 200])
    expect(await statuses(id, medias.nobody)).toEqual([200, 200, 200])
    const broken = await medias.nobody.get(`/media/${id}`, { authorization: 'Bearer nonsense' })
    expect(broken.status).toBe(401)
  })

  it('then a public media in the trash can be read by its owner, not by everybody', async () => {
    const { id } = await upload({ visibility: 'public' })
    await finishVersion(medias, id)
    await ada.send('DELETE', `/media/${id}`)
    expect(await statuses(id, eve)).toEqual([404, 404, 404])
    expect(await statuses(id, medias.nobody)).toEqual([401, 401, 401])
    expect(await statuses(id, ada)).toEqual([200, 200, 200])
  })
})

describe('When a media gets tags', () => {
  const put = (id: string, tags: unknown, client = ada, headers = {}) =>
    client.send('PUT', `/media/${id}/tags`, { tags }, headers)
  const slugs = ({ body }: Answer) => body.tags.map(({ slug }: Json) => slug)

  it('then they replace the old tags, given by slug or by name', async () => {
    const media = await upload({ tags: 'old' })
    const answer = await put(media.id, ['New One', 'new-one', 'Ünï'])
    expect(slugs(answer)).toEqual(['new-one', 'uni'])
    expect(answer.headers.get('etag')).toBe(await etagOf(`/media/${media.id}`))
    expect(Date.parse(answer.body.updatedAt)).toBeGreaterThan(Date.parse(media.updatedAt))
    expect(slugs(await put(media.id, ['uni']))).toEqual(['uni'])
    expect(slugs(await put(media.id, []))).toEqual([])
  })

  it('then a caller without tags:create can only use existing tags', async () => {
    const { id } = await upload({ tags: 'known' })
    const clerk = medias.somebody('media:update')
    expect(slugs(await put(id, ['Known'], clerk))).toEqual(['known'])
    expect(problem(await put(id, ['known', 'unknown'], clerk))).toEqual([403, 'forbidden'])
    expect(slugs(await ada.get(`/media/${id}`))).toEqual(['known'])
    expect(await medias.rows(`SELECT FROM media_tag WHERE slug = 'unknown'`)).toEqual([])
  })

  it.each([[['']], [['  ']], [['\u200B']], [['a\nb']], [['x'.repeat(101)]], [Array(51).fill('x')], ['birds'], [[5]]])(
    'then %j is 422',
    async (tags) => {
      const { id } = await upload()
      expect(problem(await put(id, tags))).toEqual([422, 'invalid-request'])
    },
  )

  it('then concurrent requests with the same new tags all succeed', async () => {
    const ids = (await Promise.all([upload(), upload(), upload()])).map(({ id }) => id)
    const answers = await Promise.all(ids.map((id, index) => put(id, index % 2 ? ['p', 'q', 'r'] : ['r', 'q', 'p'])))
    expect(answers.map(slugs)).toEqual([
      ['p', 'q', 'r'],
      ['p', 'q', 'r'],
      ['p', 'q', 'r'],
    ])
  })
})
