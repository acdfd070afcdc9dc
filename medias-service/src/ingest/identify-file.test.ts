import { describe, expect, it } from '@jest/globals'
import { Problem } from '@likeness/service-kit/process'
import fc from 'fast-check'

import { identifyFile } from './identify-file.ts'

const limits = { MAX_MEGAPIXELS: 100, MAX_SIDE: 20_000, ATTACHMENT_TYPES: [] }
const received = (head: Buffer) => ({
  fieldname: 'file',
  originalname: 'x',
  key: 'incoming/x',
  id: 'x',
  sha256: '',
  bytes: head.length,
  head,
})

/** The first bytes of known file types, so that the parsers also read the random bytes that follow. */
const beginnings = [
  '0000001866747970686576630000000061766966686569630000ffff6d6f6f760000010074726b6100000080',
  'ffd8ffe000104a46494600',
  'ffd8ffe1ffff457869660000',
  '89504e470d0a1a0a0000000d49484452',
  '474946383961',
  '52494646ffffffff57454250565038',
  '00000018667479706176696600000000',
  '00000018667479706865696300000000',
  '0000001866747970686569630000000061766966686569630000ffff6d6574610000000000000100697072700000008069706370',
  '49492a0008000000',
  '4d4d002a00000008',
  '3c73766720',
  '504b0304',
  '494433',
  '1a45dfa3',
].map((hex) => Buffer.from(hex, 'hex'))

it('identifies any bytes, or throws a problem', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(Buffer.alloc(0), ...beginnings),
      fc.uint8Array({ maxLength: 400 }),
      async (beginning, rest) => {
        const outcome = await identifyFile(received(Buffer.concat([beginning, rest])), limits).catch(
          (error: unknown) => error,
        )
        if (!(outcome instanceof Problem)) expect(outcome).toMatchObject({ kind: 'image' })
      },
    ),
    { numRuns: 1_000 },
  )
})

const box = (type: string, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(body.length + 8)
  return Buffer.concat([size, Buffer.from(type), body])
}
const ftyp = (...brands: string[]): Buffer => {
  const [major = '', ...others] = brands
  return box('ftyp', Buffer.from(major), Buffer.alloc(4), Buffer.from(others.join('')))
}
/** The beginning of a HEIC from a phone, without the boxes that the service does not read. */
const heif = (brands: string[], ...sizes: [number, number][]): Buffer => {
  const ispes = sizes.map(([width, height]) => {
    const body = Buffer.alloc(12)
    body.writeUInt32BE(width, 4)
    body.writeUInt32BE(height, 8)
    return box('ispe', body)
  })
  const other = box('colr', Buffer.from('prof'), Buffer.alloc(500))
  const iprp = box('iprp', box('ipco', other, ...ispes), box('ipma', Buffer.alloc(20)))
  const meta = box('meta', Buffer.alloc(4), box('hdlr', Buffer.alloc(25)), iprp)
  return Buffer.concat([ftyp(...brands), meta, box('mdat', Buffer.alloc(100))])
}

it.each([
  ['heic', 'mif1', 'heic'],
  ['heix', 'mif1', 'heix'],
  ['mif1', 'mif1', 'heic'],
  ['mif1', 'mif1', 'heic', 'miaf', 'MiHB'],
  ['msf1', 'msf1', 'hevc', 'heic', 'mif1', 'iso8'],
  ['hevc', 'mif1', 'heic'],
  ['heic'],
])('accepts a HEIC with the major brand %s', async (...brands) => {
  const identity = { kind: 'image', mimeType: 'image/heic', format: 'heic' }
  expect(await identifyFile(received(heif(brands, [4032, 3024])), limits)).toEqual(identity)
})

it('distinguishes AVIF, HEIC and video by all the brands of the file', async () => {
  const formatOf = async (...brands: string[]) =>
    (await identifyFile(received(heif(brands, [640, 480])), limits)).format
  expect(await formatOf('avif', 'mif1', 'miaf')).toBe('avif')
  expect(await formatOf('mif1', 'avif', 'miaf')).toBe('avif')
  await expect(formatOf('isom', 'mp42', 'heic')).rejects.toMatchObject({ code: 'unsupported-media-type' })
  await expect(formatOf('qt  ')).rejects.toMatchObject({ code: 'unsupported-media-type' })
})

/** A movie box with one track of this type and number of samples. */
const movie = (handler: string, samples: number): Buffer => {
  const sizes = Buffer.alloc(12)
  sizes.writeUInt32BE(samples, 8)
  const stbl = box('stbl', box('stsd', Buffer.alloc(8)), box('stsz', sizes))
  const hdlr = box('hdlr', Buffer.alloc(8), Buffer.from(handler), Buffer.alloc(13))
  return box('moov', box('mvhd', Buffer.alloc(100)), box('trak', box('mdia', hdlr, box('minf', stbl))))
}

describe('an animated AVIF or HEIC', () => {
  const codeOf = (...parts: Buffer[]) =>
    identifyFile(received(Buffer.concat(parts)), limits).then(
      () => null,
      (error: unknown) => (error as Problem).code,
    )

  it.each(['msf1', 'hevc', 'hevx', 'hevm', 'hevs'])('in HEVC, with the major brand %s, is rejected', async (brand) => {
    const still = heif([brand, 'mif1', 'heic', 'hevc'], [640, 480])
    expect(await codeOf(still, movie('pict', 3))).toBe('unsupported-animation')
    expect(await codeOf(still, movie('pict', 1))).toBeNull()
    expect(await codeOf(still, movie('soun', 3))).toBeNull()
    // medias-service reads only the first bytes; the worker reads the whole movie box.
    expect(await codeOf(still, movie('pict', 3).subarray(0, 40))).toBeNull()
  })

  it('in AV1 is rejected', async () => {
    expect(await codeOf(heif(['avis', 'avif', 'msf1', 'mif1'], [640, 480]), movie('pict', 3))).toBe(
      'unsupported-animation',
    )
    expect(await codeOf(heif(['avis', 'avif'], [640, 480]))).toBe('unsupported-animation')
  })

  it('is accepted if its main content is the primary picture, according to its major brand', async () => {
    expect(await codeOf(heif(['avif', 'avis', 'msf1', 'mif1'], [640, 480]), movie('pict', 3))).toBeNull()
    expect(await codeOf(heif(['heic', 'hevc', 'msf1', 'mif1'], [640, 480]), movie('pict', 3))).toBeNull()
    expect(await codeOf(heif(['mif1', 'heic', 'hevc'], [640, 480]), movie('pict', 3))).toBeNull()
  })
})

it('checks the dimensions of the largest picture in a HEIC, not of the first tile', async () => {
  const codeOf = (...sizes: [number, number][]) =>
    identifyFile(received(heif(['heic', 'mif1', 'heic'], ...sizes)), limits).then(
      () => null,
      (error: unknown) => (error as Problem).code,
    )
  expect(await codeOf([512, 512], [10_000, 10_000], [320, 240])).toBeNull()
  expect(await codeOf([512, 512], [10_001, 10_000], [320, 240])).toBe('too-many-pixels')
  expect(await codeOf([512, 512], [20_001, 100])).toBe('side-too-long')
  // If the dimensions are not found in the first bytes, only the worker checks them.
  expect(await codeOf()).toBeNull()
})

it.each(['viewBox="0 0 240000 160000"', 'width="9e9" height="9e9"', 'width="0.1" height="1e-3"', ''])(
  'does not limit the units of a drawing, because they are no pixels: <svg %s>',
  async (attributes) => {
    const drawing = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${attributes}/>`)
    const identity = { kind: 'image', mimeType: 'image/svg+xml', format: 'svg' }
    expect(await identifyFile(received(drawing), limits)).toEqual(identity)
  },
)
