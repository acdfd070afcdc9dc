import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { StoreFullError, StoreUnavailableError } from '@likeness/media-files'
import { eventually, makeCameraPicture, makeVectorPicture, type Answer } from '@likeness/test-kit'

import { drawPicture, formOf, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { bodyOf, filePart, hangUpAfter, multipart, postRaw } from './raw-requests.ts'

const LIMIT = 20_000

let medias: MediasUnderTest
let ada: Client
/** What the store is to fail with, once. */
let failure: Error | undefined
let failsAt: 'openIncoming' | 'move' | 'delete' = 'openIncoming'

const failing = <Result>(at: typeof failsAt, work: () => Promise<Result>): Promise<Result> => {
  if (at !== failsAt || !failure) return work()
  const error = failure
  failure = undefined
  return Promise.reject(error)
}

beforeAll(async () => {
  medias = await startMedias({
    variables: { MAX_FILE_BYTES: String(LIMIT), MAX_FILES: '4', MAX_MEGAPIXELS: '1', MAX_SIDE: '4000' },
    store: (real) => ({
      ...real,
      openIncoming: (key) => failing('openIncoming', () => real.openIncoming(key)),
      move: (from, to) => failing('move', () => real.move(from, to)),
      delete: (key) => failing('delete', () => real.delete(key)),
    }),
  })
  ada = medias.somebody()
})
afterAll(() => medias?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const countMedia = async () => Number((await medias.rows('SELECT count(*) AS count FROM media'))[0]?.['count'])
const originals = async () => (await medias.stored()).filter((key) => key.startsWith('originals/'))

/** A PNG's beginning that says these dimensions: no pixel stands behind it. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000080200000000000000', 'hex')
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return Buffer.concat([header, Buffer.alloc(64)])
}

describe('When a picture is uploaded with all that can be said of it', () => {
  it('then it is answered as the contract says, and a worker is asked for', async () => {
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

  it('then the same bytes again are stored once, and two media have them', async () => {
    const bytes = await drawPicture()
    const before = (await originals()).length
    const [one, other] = await Promise.all([ada.upload({ bytes }), medias.somebody().upload({ bytes })])
    expect([one.status, other.status]).toEqual([201, 201])
    expect(one.body.id).not.toBe(other.body.id)
    expect(one.body.currentVersion.sha256).toBe(other.body.currentVersion.sha256)
    await eventually(async () => expect(await originals()).toHaveLength(before + 1), { limitMs: 3_000 })
  })
})

describe('When a request brings several files', () => {
  it('then each gets its result in its place, and a bad one keeps no other', async () => {
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

  it('then more than the limit are refused, and none is kept', async () => {
    const before = await countMedia()
    const files = await Promise.all(Array.from({ length: 5 }, async () => ({ bytes: await drawPicture() })))
    expect(problem(await ada.upload(files))).toEqual([422, 'too-many-files'])
    expect(await countMedia()).toBe(before)
    await medias.incomingIsEmpty()
  })
})

describe('When a request is not what it should be', () => {
  it('then each fault has its own answer, and nothing stays in incoming', async () => {
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
  ])(
    'then the field %s is refused by name, and nothing is left',
    async (name, value, path) => {
      const answer = await ada.upload({ bytes: await drawPicture() }, { [name]: value })
      expect(problem(answer)).toEqual([422, 'invalid-request'])
      expect(answer.body.errors[0].path).toMatch(path)
      await medias.incomingIsEmpty()
    },
    5_000,
  )

  it('then tags may be repeated, empty, or fifty', async () => {
    const bytes = await drawPicture()
    const slugs = async (tags: string | string[]) =>
      (await ada.upload({ bytes }, { tags })).body.tags.map(({ slug }: { slug: string }) => slug)
    expect(await slugs('')).toEqual([])
    expect(await slugs([' ,', ''])).toEqual([])
    expect(await slugs(['Sea', 'sea', 'SEA,séa'])).toEqual(['sea'])
    expect(await slugs(Array.from({ length: 50 }, (_, index) => `fifty ${index}`))).toHaveLength(50)
  })

  it('then a tag that the caller may not make is refused, and the bytes with it', async () => {
    const bytes = await drawPicture()
    const before = await originals()
    const reader = medias.somebody('media:create')
    expect(problem(await reader.upload({ bytes }, { tags: 'never seen' }))).toEqual([403, 'forbidden'])
    expect(await originals()).toEqual(before)
    await medias.incomingIsEmpty()
  })

  it('then who may not upload is told so before a byte is kept', async () => {
    const bytes = await drawPicture()
    expect((await medias.nobody.upload({ bytes })).status).toBe(401)
    expect(problem(await medias.somebody('media:read').upload({ bytes }))).toEqual([403, 'forbidden'])
    await medias.incomingIsEmpty()
  })
})

describe('When a file is at a limit', () => {
  it('then exactly the limit is taken, and one byte over is 413', async () => {
    const picture = await drawPicture()
    const padded = (bytes: number) => Buffer.concat([picture, Buffer.alloc(bytes - picture.length)])
    expect((await ada.upload({ bytes: padded(LIMIT) })).status).toBe(201)
    expect(problem(await ada.upload({ bytes: padded(LIMIT + 1) }))).toEqual([413, 'file-too-large'])
    expect(problem(await ada.upload({ bytes: padded(LIMIT * 3) }))).toEqual([413, 'file-too-large'])
    await medias.incomingIsEmpty()
  })

  it('then a body that cannot be within them is refused by its announced length', async () => {
    const announced = Buffer.alloc(LIMIT * 4 + 1_048_577)
    expect(problem(await postRaw(ada, announced))).toEqual([413, 'body-too-large'])
  })

  it.each([
    [1_000, 1_000, 201, undefined],
    [1_001, 1_000, 422, 'too-many-pixels'],
    [4_000, 1, 201, undefined],
    [4_001, 1, 422, 'side-too-long'],
    [4_294_967_295, 4_294_967_295, 422, 'side-too-long'],
  ])('then a header of %i × %i pixels is answered without decoding', async (width, height, status, code) => {
    expect(problem(await ada.upload({ bytes: pngHeader(width, height) }))).toEqual([status, code])
  })
})

describe('When a file says that it is something else', () => {
  const svg = (bytes: Buffer) => bytes.toString('utf8')

  it('then its bytes decide', async () => {
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

  it('then bytes that would keep a clever expression busy are refused at once', async () => {
    const answer = await ada.upload({ bytes: Buffer.from('<!---->'.repeat(2_000)) })
    expect(problem(answer)).toEqual([415, 'unsupported-media-type'])
  }, 5_000)
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
    [`${'🐦'.repeat(200)}.png`, `\uFFFD${'🐦'.repeat(125)}.png`],
    ['  ', 'unnamed'],
    ['50%.png', '50%.png'],
  ])('then %j is kept as a name and no more', async (filename, kept) => {
    const answer = await postRaw(ada, bodyOf([filePart(await drawPicture(), filename)]))
    expect(answer.status).toBe(201)
    expect(answer.body.filename).toBe(kept)
  })

  it('then without a name it is no file', async () => {
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

describe('When a client hangs up in the middle', () => {
  it('then nothing is left of it', async () => {
    const before = await countMedia()
    const whole = bodyOf([filePart(await drawPicture(), 'whole.png')], { isEnded: false })
    const begun = bodyOf([filePart(Buffer.alloc(9_000, 1), 'begun.png')], { isEnded: false })
    const isSeen = () =>
      eventually(
        async () => {
          const kept = await medias.stored()
          expect(kept.filter((key) => /^(incoming|\.partial)\//.test(key))).toHaveLength(2)
        },
        { limitMs: 3_000, everyMs: 10 },
      )
    await hangUpAfter(medias.url, ada, Buffer.concat([whole, begun.subarray(0, -2)]), isSeen)
    await medias.incomingIsEmpty()
    expect(await countMedia()).toBe(before)
  })
})

describe('When a request is repeated with its Idempotency-Key', () => {
  it('then it is answered as the first was, and made once', async () => {
    const [bytes, other] = [await drawPicture(), await drawPicture()]
    const headers = { 'idempotency-key': 'one' }
    const first = await ada.upload({ bytes }, { title: 'once' }, headers)
    const before = await countMedia()
    const again = await ada.upload({ bytes, name: 'renamed.png' }, { title: 'once' }, headers)
    expect(again.status).toBe(201)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    const reused = [422, 'idempotency-key-reused']
    expect(problem(await ada.upload({ bytes }, { title: 'twice' }, headers))).toEqual(reused)
    expect(problem(await ada.upload({ bytes: other }, { title: 'once' }, headers))).toEqual(reused)
    expect(await countMedia()).toBe(before)
    expect((await medias.somebody().upload({ bytes }, { title: 'once' }, headers)).body.id).not.toBe(first.body.id)
    await medias.incomingIsEmpty()
  })

  it('then a refusal gives the key back', async () => {
    const headers = { 'idempotency-key': 'refused' }
    expect((await ada.upload({ bytes: Buffer.from('no picture') }, {}, headers)).status).toBe(415)
    expect((await ada.upload({ bytes: await drawPicture() }, {}, headers)).status).toBe(201)
  })

  it('then it is refused while the first is still running', async () => {
    const bytes = await drawPicture()
    const headers = { 'idempotency-key': 'running' }
    const { database } = medias.context
    let first: Promise<Answer> | undefined
    await database.transaction(async (transaction) => {
      await database.query('LOCK TABLE media IN EXCLUSIVE MODE', { transaction })
      first = ada.upload({ bytes }, {}, headers)
      await eventually(
        async () => {
          const claims = await medias.rows(`SELECT FROM idempotency_key WHERE key = 'running'`)
          expect(claims).toHaveLength(1)
        },
        { limitMs: 3_000, everyMs: 20 },
      )
      const second = await ada.upload({ bytes }, {}, headers)
      expect(problem(second)).toEqual([409, 'idempotency-key-in-use'])
      expect(second.headers.get('retry-after')).toBe('1')
    })
    expect((await first)?.status).toBe(201)
  })
})

describe('When something fails under an upload', () => {
  it('then rows that cannot be written leave no file', async () => {
    const before = await originals()
    await medias.rows('ALTER TABLE outbox ADD CONSTRAINT refuses CHECK (false) NOT VALID')
    const answer = await ada.upload({ bytes: await drawPicture() })
    await medias.rows('ALTER TABLE outbox DROP CONSTRAINT refuses')
    expect(problem(answer)).toEqual([500, 'internal-error'])
    expect(answer.body.detail).not.toMatch(/constraint|refuses/)
    expect(await originals()).toEqual(before)
    await medias.incomingIsEmpty()
  })

  it.each([
    ['openIncoming', new StoreFullError('full'), [507, 'store-full']],
    ['openIncoming', new StoreUnavailableError('away'), [503, 'store-unavailable']],
    ['move', new StoreFullError('full'), [507, 'store-full']],
  ] as const)('then a store that fails at %s is told, and nothing is kept', async (at, error, answered) => {
    const before = [await countMedia(), await originals()]
    failsAt = at
    failure = error
    expect(problem(await ada.upload({ bytes: await drawPicture() }))).toEqual(answered)
    expect([await countMedia(), await originals()]).toEqual(before)
    await medias.incomingIsEmpty()
  })

  it('then bytes that are there already and cannot be removed do not undo the upload', async () => {
    const bytes = await drawPicture()
    await ada.upload({ bytes })
    failsAt = 'delete'
    failure = new StoreUnavailableError('away')
    expect((await ada.upload({ bytes })).status).toBe(201)
  })

  it('then a media type out of the allow-list is refused, and one within it has no sizes', async () => {
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

describe('When a field comes in another charset or twice', () => {
  it('then two titles are a fault, and UTF-8 is kept', async () => {
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
