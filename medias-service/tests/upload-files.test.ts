import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { makeCameraPicture, makeVectorPicture, type Answer } from '@likeness/test-kit'

import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { bodyOf, filePart, postRaw } from './raw-requests.ts'

const LIMIT = 20_000

let medias: MediasUnderTest
let ada: Client

beforeAll(async () => {
  medias = await startMedias({
    variables: { MAX_FILE_BYTES: String(LIMIT), MAX_FILES: '4', MAX_MEGAPIXELS: '1', MAX_SIDE: '4000' },
  })
  ada = medias.somebody()
})
afterAll(() => medias?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]

/** The beginning of a PNG with these dimensions, without pixels. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000080200000000000000', 'hex')
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return Buffer.concat([header, Buffer.alloc(64)])
}

describe('When a file is at a limit', () => {
  it('then a file of exactly the limit is accepted, and one byte more is 413', async () => {
    const picture = await drawPicture()
    const padded = (bytes: number) => Buffer.concat([picture, Buffer.alloc(bytes - picture.length)])
    expect((await ada.upload({ bytes: padded(LIMIT) })).status).toBe(201)
    expect(problem(await ada.upload({ bytes: padded(LIMIT + 1) }))).toEqual([413, 'file-too-large'])
    expect(problem(await ada.upload({ bytes: padded(LIMIT * 3) }))).toEqual([413, 'file-too-large'])
    await medias.incomingIsEmpty()
  })

  it('then a body with a too large Content-Length is rejected', async () => {
    const announced = Buffer.alloc(LIMIT * 4 + 1_048_577)
    expect(problem(await postRaw(ada, announced))).toEqual([413, 'body-too-large'])
  })

  it.each([
    [1_000, 1_000, 201, undefined],
    [1_001, 1_000, 422, 'too-many-pixels'],
    [4_000, 1, 201, undefined],
    [4_001, 1, 422, 'side-too-long'],
    [4_294_967_295, 4_294_967_295, 422, 'side-too-long'],
  ])('then a header with %i × %i pixels is checked without decoding', async (width, height, status, code) => {
    expect(problem(await ada.upload({ bytes: pngHeader(width, height) }))).toEqual([status, code])
  })
})

describe('When the name or the declared type of a file is wrong', () => {
  const svg = (bytes: Buffer) => bytes.toString('utf8')

  it('then the type is read from the bytes', async () => {
    const drawing = svg(makeVectorPicture({ width: 64, height: 48 }).bytes)
    const jpeg = await makeCameraPicture({ width: 80, height: 60 })
    const typeOf = async (bytes: Buffer | string, name = 'it.jpg') => {
      const answer = await ada.upload({ bytes: Buffer.from(bytes), name, type: 'image/jpeg' })
      return answer.status === 201 ? answer.body.mimeType : answer.body.code
    }
    const refused = 'unsupported-media-type'
    expect(await typeOf(await drawPicture())).toBe('image/png')
    expect(await typeOf(jpeg.bytes, 'it.png')).toBe('image/jpeg')
    expect(await typeOf('%PDF-1.7\n%âãÏÓ\n1 0 obj\n')).toBe(refused)
    expect(await typeOf('just words')).toBe(refused)
    expect(await typeOf(drawing)).toBe('image/svg+xml')
    expect(await typeOf(`<?xml version="1.0"?>\n<!-- a -->\n<!-- b -->${drawing}`)).toBe('image/svg+xml')
    expect(await typeOf(Buffer.from(`\uFEFF${drawing}`, 'utf16le'))).toBe('image/svg+xml')
    expect(await typeOf(`<!DOCTYPE html><html><body><p>${'x'.repeat(50)}</p>${drawing}</body></html>`)).toBe(refused)
    expect(await typeOf(`<html>${drawing}</html>`)).toBe(refused)
  })

  it('then bytes that could make a regular expression backtrack are rejected within 5 s', async () => {
    const answer = await ada.upload({ bytes: Buffer.from('<!---->'.repeat(2_000)) })
    expect(problem(answer)).toEqual([415, 'unsupported-media-type'])
  })
})

describe('When a type is in ATTACHMENT_TYPES', () => {
  it('then its files are accepted, immediately ready, and without sizes', async () => {
    const lenient = await startMedias({ variables: { ATTACHMENT_TYPES: 'application/pdf' } })
    try {
      const bytes = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj\n')
      const answer = await lenient.somebody().upload({ bytes, name: 'a.pdf' })
      expect(answer.body).toMatchObject({ kind: 'file', mimeType: 'application/pdf', status: 'ready' })
      expect(await lenient.rows('SELECT FROM outbox')).toEqual([])
    } finally {
      await lenient.stop()
    }
  })
})

describe('When a file has a strange name', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\beach.png', 'beach.png'],
    ['...', 'unnamed'],
    ['a%0D%0Ab.png', 'ab.png'],
    ['cover\u202Egpj.exe', 'covergpj.exe'],
    ['שלום.png', 'שלום.png'],
    [`${'x'.repeat(1_000)}.png`, `${'x'.repeat(251)}.png`],
    [`${'🐦'.repeat(200)}.png`, `${'🐦'.repeat(125)}.png`],
    ['  ', 'unnamed'],
    ['50%.png', '50%.png'],
  ])('then %j is stored as a plain file name', async (filename, kept) => {
    const answer = await postRaw(ada, bodyOf([filePart(await drawPicture(), filename)]))
    expect(answer.status).toBe(201)
    expect(answer.body.filename).toBe(kept)
  })

  it('then a part without a file name is not a file', async () => {
    const nameless = {
      headers: ['Content-Disposition: form-data; name="file"', 'Content-Type: image/png'],
      content: await drawPicture(),
    }
    expect(problem(await postRaw(ada, bodyOf([filePart(await drawPicture(), '')])))).toEqual([422, 'invalid-request'])
    expect(problem(await postRaw(ada, bodyOf([nameless])))).toEqual([422, 'invalid-request'])
    expect(problem(await postRaw(ada, bodyOf([filePart(await drawPicture(), 'a\0b.png')])))).toEqual([
      400,
      'malformed-multipart',
    ])
  })
})

describe('When a form is over a limit', () => {
  it.each([
    ['a long value', { title: 'x'.repeat(70_000) }, 'body.title', 'must have at most 65536 bytes'],
    ['a long name', { ['x'.repeat(101)]: '' }, 'body', 'must have a name of at most 100 bytes'],
    ['101 fields', { tags: Array<string>(101).fill('a') }, 'body', 'must have at most 100 fields'],
  ])('then %s is 422, with the field and the limit', async (_what, fields, path, message) => {
    const answer = await ada.upload({ bytes: await drawPicture() }, fields)

    expect(problem(answer)).toEqual([422, 'invalid-request'])
    expect(answer.body.errors).toEqual([{ path, message }])
  })
})
