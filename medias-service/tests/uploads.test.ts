import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually, type Answer } from '@likeness/test-kit'

import { drawPicture, formOf, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { bodyOf, filePart, multipart, postRaw } from './raw-requests.ts'

const LIMIT = 20_000

let medias: MediasUnderTest
let ada: Client

beforeAll(async () => {
  medias = await startMedias({ variables: { MAX_FILE_BYTES: String(LIMIT), MAX_FILES: '4' } })
  ada = medias.somebody()
})
afterAll(() => medias?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const countMedia = async () => Number((await medias.rows('SELECT count(*) AS count FROM media'))[0]?.['count'])
const originals = async () => (await medias.stored()).filter((key) => key.startsWith('originals/'))

describe('When a picture is uploaded with all fields', () => {
  it('then the answer has all fields of a media, and a job is enqueued', async () => {
    const bytes = await drawPicture()
    const answer = await ada.upload(
      { bytes, name: 'Möwe am Strand 🐦.png' },
      { title: 'Möwe', alt: 'A gull', visibility: 'public', tags: ['Birds, Sea ', 'sky'], focalPoint: '0.25, .75' },
    )
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1/media/${answer.body.id}`)
    expect(answer.body).toEqual({
      id: expect.any(String),
      ownerId: ada.id,
      title: 'Möwe',
      alt: 'A gull',
      filename: 'Möwe am Strand 🐦.png',
      mimeType: 'image/png',
      kind: 'image',
      visibility: 'public',
      status: 'processing',
      focalPoint: { x: 0.25, y: 0.75 },
      tags: ['birds', 'sea', 'sky'].map((slug) => expect.objectContaining({ slug })),
      currentVersion: expect.objectContaining({
        number: 1,
        bytes: bytes.length,
        format: 'png',
        status: 'queued',
        error: null,
        sizes: [],
      }),
      trashedAt: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    })
    expect(answer.headers.get('etag')).toBe((await ada.get(`/media/${answer.body.id}`)).headers.get('etag'))
    const jobs = await medias.rows(`SELECT payload FROM outbox WHERE payload->>'mediaId' = :id`, { id: answer.body.id })
    expect(jobs).toHaveLength(1)
    await medias.incomingIsEmpty()
  })

  it('then two media with the same bytes share one file', async () => {
    const bytes = await drawPicture()
    const before = (await originals()).length
    const [one, other] = await Promise.all([ada.upload({ bytes }), medias.somebody().upload({ bytes })])
    expect([one.status, other.status]).toEqual([201, 201])
    expect(one.body.id).not.toBe(other.body.id)
    expect(one.body.currentVersion.sha256).toBe(other.body.currentVersion.sha256)
    await eventually(async () => expect(await originals()).toHaveLength(before + 1), { limitMs: 60_000 })
  })
})

describe('When a request has several files', () => {
  it('then the answer has a result for each file, in order, and a rejected file does not affect the others', async () => {
    const [one, other] = [await drawPicture(), await drawPicture()]
    const answer = await ada.upload([
      { bytes: one, name: 'one.png' },
      { bytes: Buffer.from('no picture at all'), name: 'text.png' },
      { bytes: Buffer.alloc(LIMIT + 1), name: 'large.png' },
      { bytes: other, name: 'other.png' },
    ])
    expect(answer.status).toBe(207)
    expect(answer.body.results.map(({ status }: { status: number }) => status)).toEqual([201, 415, 413, 201])
    expect(answer.body.results[1].problem).toMatchObject({ code: 'unsupported-media-type', status: 415 })
    expect(answer.body.results[2].problem).toMatchObject({ code: 'file-too-large' })
    expect(answer.body.results[3].media).toMatchObject({ filename: 'other.png' })
    await medias.incomingIsEmpty()
  })

  it('then more files than the limit are rejected, and none is stored', async () => {
    const before = await countMedia()
    const files = await Promise.all(Array.from({ length: 5 }, async () => ({ bytes: await drawPicture() })))
    expect(problem(await ada.upload(files))).toEqual([422, 'too-many-files'])
    expect(await countMedia()).toBe(before)
    await medias.incomingIsEmpty()
  })
})

describe('When an upload request is invalid', () => {
  it('then each error has its own code, and no files are left', async () => {
    const bytes = await drawPicture()
    const before = await countMedia()
    expect(problem(await ada.upload([]))).toEqual([422, 'invalid-request'])
    const misplaced = await ada.upload({ bytes, field: 'picture' })
    expect(problem(misplaced)).toEqual([422, 'invalid-request'])
    expect(misplaced.body.errors[0].path).toBe('body.picture')
    expect(problem(await ada.send('POST', '/media', { title: 'x' }))).toEqual([415, 'unsupported-media-type'])
    expect(problem(await ada.upload({ bytes: Buffer.alloc(0) }))).toEqual([422, 'empty-file'])
    expect(problem(await postRaw(ada, bodyOf([filePart(bytes)], { isEnded: false })))).toEqual([
      400,
      'malformed-multipart',
    ])
    expect(problem(await postRaw(ada, bodyOf([filePart(bytes)]), { 'content-type': 'multipart/form-data' }))).toEqual([
      400,
      'malformed-multipart',
    ])
    expect(problem(await postRaw(ada, Buffer.from('nothing of the kind')))).toEqual([400, 'malformed-multipart'])
    expect(await countMedia()).toBe(before)
    await medias.incomingIsEmpty()
  })

  it.each([
    ['title', 'a NUL\0', 'body.title'],
    ['title', 'x'.repeat(301), 'body.title'],
    ['alt', 'x'.repeat(2_001), 'body.alt'],
    ['visibility', 'secret', 'body.visibility'],
    ['colour', 'red', 'body.colour'],
    ['tags[0]', 'birds', 'body.tags'],
    ['__proto__', 'x', 'body.__proto__'],
    ['tags', '!!!', 'body.tags'],
    ['tags', Array.from({ length: 51 }, (_, index) => `tag-${index}`).join(','), 'body.tags'],
    ['focalPoint', '0.5', 'body.focalPoint'],
    ['focalPoint', '0.5,1.5', 'body.focalPoint'],
    ['focalPoint', '-0.1,0.5', 'body.focalPoint'],
    ['focalPoint', 'NaN,0', 'body.focalPoint'],
    ['focalPoint', '1'.repeat(60_000), 'body.focalPoint'],
  ])('then the field %s is rejected by name, and no files are left', async (name, value, path) => {
    const answer = await ada.upload({ bytes: await drawPicture() }, { [name]: value })
    expect(problem(answer)).toEqual([422, 'invalid-request'])
    expect(answer.body.errors[0].path).toMatch(path)
    await medias.incomingIsEmpty()
  })

  it('then tags can be repeated, empty, or up to fifty', async () => {
    const bytes = await drawPicture()
    const slugs = async (tags: string | string[]) =>
      (await ada.upload({ bytes }, { tags })).body.tags.map(({ slug }: { slug: string }) => slug)
    expect(await slugs('')).toEqual([])
    expect(await slugs([' ,', ''])).toEqual([])
    expect(await slugs(['Sea', 'sea', 'SEA,séa,ｓｅａ'])).toEqual(['sea'])
    expect(await slugs(Array.from({ length: 50 }, (_, index) => `fifty ${index}`))).toHaveLength(50)
  })

  it('then a new tag without tags:create is rejected, and the bytes are not stored', async () => {
    const bytes = await drawPicture()
    const before = await originals()
    const reader = medias.somebody('media:create')
    expect(problem(await reader.upload({ bytes }, { tags: 'never seen' }))).toEqual([403, 'forbidden'])
    expect(await originals()).toEqual(before)
    await medias.incomingIsEmpty()
  })

  it('then a caller without the permission is rejected, and no bytes are stored', async () => {
    const bytes = await drawPicture()
    expect((await medias.nobody.upload({ bytes })).status).toBe(401)
    expect(problem(await medias.somebody('media:read').upload({ bytes }))).toEqual([403, 'forbidden'])
    await medias.incomingIsEmpty()
  })
})

describe('When a field is sent twice, or has characters beyond ASCII', () => {
  it('then two titles are rejected, and UTF-8 is preserved', async () => {
    const body = formOf({ bytes: await drawPicture() }, { title: ['one', 'two'] })
    const answer = await ada.send('POST', '/media', body)
    expect(answer.body.errors[0].path).toBe('body.title')
    const raw = await postRaw(
      ada,
      bodyOf([
        { headers: ['Content-Disposition: form-data; name="title"'], content: 'Grüße, 世界' },
        filePart(await drawPicture()),
      ]),
      multipart,
    )
    expect(raw.body.title).toBe('Grüße, 世界')
  })
})
