import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp from 'sharp'

import { openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import {
  alphaAt,
  colourAt,
  expectNear,
  greys,
  labOf,
  light,
  lossless,
  opaque,
  quarterAt,
  quarters,
  profiled,
  size,
  veiled,
  type Rgb,
  quartersOfTiff,
  tiffKinds,
} from '../../tests/four-quarters.ts'
import { tiffOf, type TiffPicture } from '../../tests/tiff-writer.ts'
import { profileOf } from './colour-profile.ts'

describe('the kinds of a TIFF', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const seen = (pictures: TiffPicture[], options = {}): Promise<number[][]> =>
    quartersOfTiff(pipeline, pictures, options)
  const codeOf = (picture: Partial<TiffPicture>): Promise<string> =>
    pipeline.codeOf(tiffOf([profiled({ ...size, at: () => [0], ...picture })]), { presets: lossless })

  it.each(tiffKinds.slice(0, 2))(
    'in CIELab is right, with 8 and 16 bits, with alpha, in tiles and in planes (%j)',
    async (order) => {
      const lab8 = (x: number, y: number): number[] => {
        const [lightness, a, b] = labOf(colourAt(x, y))
        return [Math.round(lightness * 2.55), Math.round(a) & 255, Math.round(b) & 255]
      }
      const lab16 = (x: number, y: number): number[] => {
        const [lightness, a, b] = labOf(colourAt(x, y))
        return [Math.round(lightness * 655.35), Math.round(a * 256) & 65_535, Math.round(b * 256) & 65_535]
      }
      const base = { ...size, photometric: 8, at: lab8 }
      for (const layout of [{}, { tile: 16 }, { isPlanar: true }])
        expectNear(await seen([{ ...base, ...layout }], order), opaque, 5)
      expectNear(
        await seen([{ ...base, shorts: { 338: [2] }, at: (x, y) => [...lab8(x, y), alphaAt(x)] }], order),
        veiled,
        5,
      )
      expectNear(await seen([{ ...base, bits: 16, at: lab16 }], order), opaque)
      const at = (x: number, y: number): number[] => [...lab16(x, y), alphaAt(x) * 257]
      expectNear(await seen([{ ...base, bits: 16, shorts: { 338: [2] }, at }], order), veiled)
    },
  )

  it('in CIELab keeps neutral colours neutral at the border of two greys', async () => {
    const at = (x: number, y: number): number[] => [(x + y) % 2 ? 100 : 200, (x + y) % 2 ? 0 : 255, 0]
    const { files } = await pipeline.render(tiffOf([{ ...size, photometric: 8, at }]), {
      presets: lossless.map((preset) => ({ ...preset, width: 8 })),
    })
    const { channels } = await sharp(files[0]?.bytes).stats()
    const [red, green, blue] = channels.map(({ mean }) => mean) as Rgb
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(4)
  })

  it.each([
    ['with -depth 8', 0.5, 1.5],
    ['without an option', 0.3, 0.7],
  ])(
    'in CIELab of ImageMagick, which subtracts from the values, is nearly right (%s)',
    async (_, lightness, chroma) => {
      const at = (x: number, y: number): number[] => {
        const [bright, a, b] = labOf(colourAt(x, y))
        return [Math.round(bright * 2.55 - lightness), Math.round(a - chroma) & 255, Math.round(b - chroma) & 255]
      }
      const primaries = { 319: [640, 330, 300, 600, 150, 60] }
      expectNear(await seen([{ ...size, photometric: 8, thousandths: primaries, at }]), opaque, 12)
    },
  )

  it("in ICC's encoding of CIELab is right", async () => {
    const icc = (x: number, y: number, unit: number): number[] => {
      const [lightness, a, b] = labOf(colourAt(x, y))
      const scale = unit === 1 ? 2.55 : 652.8
      return [Math.round(lightness * scale), Math.round(a * unit) + 128 * unit, Math.round(b * unit) + 128 * unit]
    }
    expectNear(await seen([{ ...size, photometric: 9, at: (x, y) => icc(x, y, 1) }]), opaque, 5)
    expectNear(await seen([{ ...size, photometric: 9, bits: 16, at: (x, y) => icc(x, y, 256) }]), opaque)
  })

  it('in YCbCr is right and opaque, with subsampling and without', async () => {
    const ycbcr = (x: number, y: number): number[] => {
      const [red, green, blue] = colourAt(x, y)
      const bright = 0.299 * red + 0.587 * green + 0.114 * blue
      return [bright, (blue - bright) / 1.772 + 128, (red - bright) / 1.402 + 128].map((part) =>
        Math.min(Math.max(Math.round(part), 0), 255),
      )
    }
    const base = { ...size, photometric: 6, at: ycbcr }
    for (const layout of [{}, { tile: 16 }]) {
      expectNear(await seen([{ ...base, ...layout, shorts: { 530: [1, 1] } }]), opaque)
    }
    // Four luminances, then one Cb and one Cr (TIFF 6.0, section 21).
    const units: number[] = []
    for (let y = 0; y < size.height; y += 2) {
      for (let x = 0; x < size.width; x += 2) {
        const [bright = 0, ...chroma] = ycbcr(x, y)
        units.push(bright, bright, bright, bright, ...chroma)
      }
    }
    expectNear(await seen([{ ...base, strips: [Buffer.from(units)], shorts: { 530: [2, 2] } }]), opaque, 3)
    // Both factors are 2 by default.
    expectNear(await seen([{ ...base, strips: [Buffer.from(units)] }]), opaque, 3)
    const jpeg = sharp({ create: { ...size, channels: 3, background: '#dc2828' } }).tiff({ compression: 'jpeg' })
    const { facts } = await pipeline.render(await jpeg.toBuffer(), { presets: lossless })
    expect(facts).toMatchObject({ format: 'tiff', hasAlpha: false })
  })

  it('in CMYK has the same colours with 8 and 16 bits, in every layout, and follows its own profile', async () => {
    const { icc } = await sharp(
      await sharp({ create: { ...size, channels: 3, background: 'red' } })
        .withIccProfile('cmyk')
        .toColourspace('cmyk')
        .jpeg()
        .toBuffer(),
    ).metadata()
    const inks = (x: number, y: number): number[] => [...colourAt(x, y).map((byte) => 255 - byte), 0]
    const expected = await seen([{ ...size, photometric: 5, at: inks }])
    for (const layout of [{}, { tile: 16 }, { isPlanar: true }, { profile: icc as Buffer }]) {
      expectNear(await seen([{ ...size, ...layout, photometric: 5, at: inks }]), expected)
      const at = (x: number, y: number): number[] => inks(x, y).map((byte) => byte * 257)
      expectNear(await seen([{ ...size, ...layout, photometric: 5, bits: 16, at }]), expected)
    }
    // A profile that exchanges nothing but lies about its space is ignored.
    const profile = profileOf({ primaries: 9, transfer: 8 }) as Buffer
    expectNear(await seen([{ ...size, profile, photometric: 5, at: inks }]), expected)
  })

  it.each([2, 4, 8] as const)('with a palette of %i bits is right', async (bits) => {
    const map = [0, 1, 2].flatMap((channel) =>
      Array.from({ length: 2 ** bits }, (_, index) => (quarters[index % 4]?.[channel] ?? 0) * 257),
    )
    for (const order of tiffKinds) {
      const picture = { ...size, photometric: 3, bits, shorts: { 320: map } }
      expectNear(await seen([{ ...picture, at: (x, y) => [quarterAt(x, y)] }], order), opaque)
    }
  })

  it.each([2, 4, 8] as const)('with a palette of %i bits and alpha is right', async (bits) => {
    const most = 2 ** bits - 1
    const map = [0, 1, 2].flatMap((channel) =>
      Array.from({ length: 2 ** bits }, (_, index) => (quarters[index % 4]?.[channel] ?? 0) * 257),
    )
    const half = Math.floor(most / 2)
    const at = (x: number, y: number): number[] => [quarterAt(x, y), alphaAt(x) === 255 ? most : half]
    const expected = quarters.map((colour, index) => [...colour, index % 2 ? Math.round((half * 255) / most) : 255])
    for (const order of tiffKinds) {
      const picture = { ...size, photometric: 3, bits, shorts: { 320: map, 338: [2] }, at }
      expectNear(await seen([picture], order), expected)
    }
  })

  it.each([
    ['signed samples of 8 bits', { bits: 8, format: 'signed', photometric: 1 }],
    ['signed samples of 16 bits', { bits: 16, format: 'signed', photometric: 1 }],
    ['signed samples of 32 bits', { bits: 32, format: 'signed', photometric: 1 }],
    ['samples of 12 bits', { bits: 12, photometric: 1 }],
    ['samples of 24 bits', { bits: 24, photometric: 1 }],
    ['floats of 64 bits', { bits: 64, format: 'float', photometric: 1 }],
    ['the samples of a camera sensor', { bits: 16, photometric: 32_803 }],
    ['colours in LogLuv', { bits: 16, photometric: 32_845 }],
    ['an unknown compression', { photometric: 1, shorts: { 259: [34_887] } }],
  ] as [string, Partial<TiffPicture>][])('with %s is not supported', async (_, picture) => {
    expect(await codeOf({ at: (x) => [x], ...picture })).toBe('unsupported-pixels')
  })

  it('in tiles of separate planes is not supported, unless it has one plane', async () => {
    expect(await codeOf({ isPlanar: true, tile: 16, at: colourAt })).toBe('unsupported-pixels')
    expectNear(
      await seen([{ ...size, photometric: 1, isPlanar: true, tile: 16, at: (x, y) => [colourAt(x, y)[0]] }]),
      greys,
    )
  })

  it.each(tiffKinds)('is corrupt if it is cut anywhere (%j)', async (order) => {
    const whole = tiffOf([{ ...size, at: colourAt }], order)
    // The directory is at the end, before the offset of the next one.
    const inside = Array.from({ length: 260 }, (_, index) => whole.length - 9 - index)
    for (const length of [16, 100, Math.floor(whole.length / 2), ...inside]) {
      expect(await pipeline.codeOf(whole.subarray(0, length), { presets: lossless })).toBe('corrupt-image')
    }
  })

  it('is turned upright in every depth', async () => {
    const lying = { width: size.height, height: size.width, shorts: { 274: [6] } }
    const at = (x: number, y: number): Rgb => colourAt(size.width - 1 - y, x)
    expectNear(await seen([{ ...lying, at }]), opaque)
    expectNear(await seen([{ ...lying, bits: 32, format: 'float', at: (x, y) => at(x, y).map(light) }]), opaque)
    const lab = (x: number, y: number): number[] => {
      const [lightness, a, b] = labOf(at(x, y))
      return [Math.round(lightness * 2.55), Math.round(a) & 255, Math.round(b) & 255]
    }
    expectNear(await seen([{ ...lying, photometric: 8, at: lab }]), opaque, 5)
  })
})
