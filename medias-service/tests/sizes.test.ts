import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Json } from '@likeness/test-kit'

import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { bytesOf, finishVersion } from './rendered.ts'

let medias: MediasUnderTest
let ada: Client
let photo: Json
let sizes: string

beforeAll(async () => {
  medias = await startMedias()
  ada = medias.somebody()
  photo = await makeMedia()
  sizes = `/media/${photo.id}/sizes`
})
afterAll(() => medias?.stop())

async function makeMedia({ formats = ['avif', 'jpeg'], name = 'beach.png', fields = {} } = {}): Promise<Json> {
  const { body } = await ada.upload({ bytes: await drawPicture(), name }, fields)
  await finishVersion(medias, body.id, { formats })
  return body
}

const typeFor = async (path: string, accept: string) => {
  const response = await ada.fetch(path, { headers: { accept } })
  return response.ok ? response.headers.get('content-type') : response.status
}

const CHROME = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'

describe('When a size is requested without a format', () => {
  it.each([
    [CHROME, 'image/avif'],
    ['image/avif', 'image/avif'],
    ['IMAGE/AVIF', 'image/avif'],
    ['*/*', 'image/jpeg'],
    ['', 'image/jpeg'],
    ['image/*', 'image/jpeg'],
    ['text/html, */*;q=0.1', 'image/jpeg'],
    ['image/jpeg', 'image/jpeg'],
    ['image/avif;q=0, */*', 'image/jpeg'],
    ['image/avif;q=0.5, image/jpeg', 'image/jpeg'],
    ['image/jpeg;q=0.2, image/avif;q=0.2', 'image/avif'],
    ['image/jpeg;q=0, image/*', 'image/avif'],
    ['image/webp', 406],
    ['text/html', 406],
    ['nonsense', 406],
  ])('then Accept: %s returns %s', async (accept, type) => {
    expect(await typeFor(`${sizes}/small`, accept)).toBe(type)
  })

  it('then caches must revalidate, and vary by Accept', async () => {
    const response = await ada.fetch(`${sizes}/small`)
    expect(response.headers.get('vary')).toMatch(/Accept\b/)
    expect(response.headers.get('cache-control')).toBe('private, no-cache')
  })

  it('then a picture with alpha is WebP for clients that accept anything', async () => {
    const { id } = await makeMedia({ formats: ['avif', 'webp'] })
    expect(await typeFor(`/media/${id}/sizes/thumb`, '*/*')).toBe('image/webp')
    expect(await typeFor(`/media/${id}/sizes/thumb`, CHROME)).toBe('image/avif')
    expect(await typeFor(`/media/${id}/sizes/thumb`, 'image/jpeg')).toBe(406)
  })

  it('then an animated picture is WebP', async () => {
    const { id } = await makeMedia({ formats: ['webp'] })
    expect(await typeFor(`/media/${id}/sizes/thumb`, CHROME)).toBe('image/webp')
  })
})

describe('When a size is requested by preset and format', () => {
  it('then it has this format, whatever the Accept header is', async () => {
    const response = await ada.fetch(`${sizes}/large.avif`, { headers: { accept: 'text/html' } })
    expect(response.headers.get('content-type')).toBe('image/avif')
    expect(response.headers.get('vary') ?? '').not.toMatch(/Accept\b(?!-)/)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytesOf('large', 'avif'))
  })

  it('then the URL with its version is immutable, and an unknown version is 404', async () => {
    const address = (await ada.get(`/media/${photo.id}`)).body.currentVersion.sizes[0].url
    expect(address).toBe(`/api/v1${sizes}/large.avif?v=1`)
    const response = await ada.fetch(address.replace('/api/v1', ''))
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    expect((await ada.get(`${sizes}/large.avif?v=2`)).status).toBe(404)
    for (const v of ['0', 'abc', '1.5', '99999999999']) {
      expect((await ada.get(`${sizes}/large.avif?v=${v}`)).status).toBe(422)
    }
  })

  it('then shared caches may store a public size', async () => {
    const { id } = await makeMedia({ fields: { visibility: 'public' } })
    const response = await medias.nobody.fetch(`/media/${id}/sizes/thumb.jpeg?v=1`)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  })

  it.each([
    ['huge', 'no-such-preset'],
    ['huge.jpeg', 'no-such-preset'],
    ['large.webp', 'no-such-format'],
    ['large.jpg', 'no-such-format'],
    ['Large', 'not-found'],
    ['..%2Flarge', 'not-found'],
    ['large.', 'not-found'],
  ])('then %s is 404 %s', async (size, code) => {
    const { status, body, headers } = await ada.get(`${sizes}/${size}`)
    expect([status, body.code]).toEqual([404, code])
    expect(headers.get('content-type')).toMatch('application/problem+json')
  })

  it('then an unfinished version is size-not-ready, and an unknown preset no-such-preset', async () => {
    const { body } = await ada.upload({ bytes: await drawPicture() })
    expect((await ada.get(`/media/${body.id}/sizes/thumb`)).body.code).toBe('size-not-ready')
    expect((await ada.get(`/media/${body.id}/sizes/huge`)).body.code).toBe('no-such-preset')
    expect((await ada.get(`/media/${body.id}/file`)).status).toBe(200)
  })
})

describe('When a file is requested with Range, conditions or HEAD', () => {
  const whole = bytesOf('medium', 'jpeg')
  const ask = (headers: Record<string, string>, init: RequestInit = {}) =>
    ada.fetch(`${sizes}/medium.jpeg`, { ...init, headers })

  it('then a range is returned, and a range beyond the end is 416', async () => {
    const part = await ask({ range: 'bytes=4-9' })
    expect([part.status, await part.text()]).toEqual([206, whole.subarray(4, 10).toString()])
    expect(part.headers.get('content-range')).toBe(`bytes 4-9/${whole.length}`)
    const tail = await ask({ range: 'bytes=-5' })
    expect([tail.status, await tail.text()]).toEqual([206, whole.subarray(-5).toString()])
    const beyond = await ask({ range: 'bytes=999999-' })
    expect([beyond.status, (await beyond.json()) as Json]).toMatchObject([416, { code: 'range-not-satisfiable' }])
    expect(beyond.headers.get('content-range')).toBe(`bytes */${whole.length}`)
    const etag = String(part.headers.get('etag'))
    expect((await ask({ range: 'bytes=4-9', 'if-range': etag })).status).toBe(206)
    expect((await ask({ range: 'bytes=4-9', 'if-range': '"old"' })).status).toBe(200)
  })

  it.each([
    ['a weak ETag', (etag: string) => `W/${etag}`],
    ['a list of ETags', (etag: string) => `"old", ${etag}`],
    ['the current date', () => new Date().toUTCString()],
    ['a future date', () => 'Fri, 01 Jan 2100 00:00:00 GMT'],
    ['nonsense', () => 'nonsense'],
  ])('then If-Range with %s returns the whole file', async (_what, ifRange) => {
    const etag = String((await ask({})).headers.get('etag'))
    const response = await ask({ range: 'bytes=4-9', 'if-range': ifRange(etag) })
    expect([response.status, await response.text()]).toEqual([200, whole.toString()])
    expect(response.headers.get('accept-ranges')).toBe('bytes')
  })

  it('then HEAD returns the headers of GET, without the bytes', async () => {
    const [head, get] = [await ask({}, { method: 'HEAD' }), await ask({})]
    expect([head.status, await head.text()]).toEqual([200, ''])
    for (const name of ['content-length', 'content-type', 'etag', 'cache-control', 'content-disposition']) {
      expect(head.headers.get(name)).toBe(get.headers.get(name))
    }
    expect(get.headers.get('content-length')).toBe(String(whole.length))
  })

  it('then If-None-Match with its ETag is 304, and If-Match with another ETag is 412', async () => {
    const etag = String((await ask({})).headers.get('etag'))
    const again = await ask({ 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect(again.headers.get('cache-control')).toBe('private, no-cache')
    expect((await ask({ 'if-none-match': '"old"' })).status).toBe(200)
    const unmet = await ask({ 'if-match': '"old"' })
    expect([unmet.status, (await unmet.json()) as Json]).toMatchObject([412, { code: 'precondition-failed' }])
    expect((await ask({ 'if-match': `W/${etag}` })).status).toBe(412)
    expect((await ask({ 'if-match': `"old", ${etag}` })).status).toBe(200)
    const other = await ada.fetch(`${sizes}/medium.avif`)
    expect(other.headers.get('etag')).not.toBe(etag)
  })
})

describe('When a file is saved by a browser', () => {
  it('then it has the name of the upload, also in UTF-8', async () => {
    const { id } = await makeMedia({ name: 'Möwe "x" 100%.jpg' })
    const file = (await ada.fetch(`/media/${id}/file`)).headers
    expect(file.get('content-disposition')).toBe(
      `inline; filename="M?we \\"x\\" 100%.jpg"; filename*=UTF-8''M%C3%B6we%20%22x%22%20100%25.jpg`,
    )
    const thumb = (await ada.fetch(`/media/${id}/sizes/thumb.avif`)).headers
    expect(thumb.get('content-disposition')).toMatch(`filename*=UTF-8''M%C3%B6we%20%22x%22%20100%25-thumb.avif`)
    expect(file.get('x-content-type-options')).toBe('nosniff')
    expect(file.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
  })

  it('then an SVG is an attachment, and its sizes are displayed inline', async () => {
    const bytes = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    const { body } = await ada.upload({ bytes, name: 'x.svg' }, { visibility: 'public' })
    await finishVersion(medias, body.id)
    const file = await medias.nobody.fetch(`/media/${body.id}/file`)
    expect(file.headers.get('content-type')).toBe('image/svg+xml')
    expect(file.headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(file.headers.get('content-security-policy')).toMatch('sandbox')
    const thumb = await medias.nobody.fetch(`/media/${body.id}/sizes/thumb`)
    expect(thumb.headers.get('content-disposition')).toMatch(/^inline;/)
  })
})

describe('When a file that a row references is missing in the store', () => {
  it('then the answer is 503, and caches must not store it', async () => {
    const { id } = await makeMedia()
    const [row] = await medias.rows(
      `SELECT s.store_key FROM media_size s JOIN media m ON m.current_version_id = s.version_id
       WHERE m.id = :id AND s.preset = 'thumb' AND s.format = 'jpeg'`,
      { id },
    )
    await medias.context.store.delete(String(row?.['store_key']))
    const { status, body, headers } = await ada.get(`/media/${id}/sizes/thumb.jpeg?v=1`)
    expect([status, body.code]).toEqual([503, 'file-unavailable'])
    expect(headers.get('cache-control')).toBeNull()
    expect(headers.get('etag')).toBeNull()
  })
})
