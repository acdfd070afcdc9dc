import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp from 'sharp'

import { openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import {
  alphaAt,
  colourAt,
  expectNear,
  greys,
  light,
  lossless,
  opaque,
  profiled,
  size,
  veiled,
  veiledGreys,
  type Rgb,
  quartersOfTiff,
  tiffKinds,
} from '../../tests/four-quarters.ts'
import { greyProfile } from '../../tests/grey-profile.ts'
import { tiffOf, type TiffPicture } from '../../tests/tiff-writer.ts'
import { profileOf } from './colour-profile.ts'

/** How a byte of sRGB is stored. */
const samples = {
  '8 bits': { bits: 8, format: 'unsigned', of: (byte: number) => byte },
  '16 bits': { bits: 16, format: 'unsigned', of: (byte: number) => byte * 257 },
  '32 bits': { bits: 32, format: 'unsigned', of: (byte: number) => byte * 16_843_009 },
  'floats of 16 bits': { bits: 16, format: 'float', of: light },
  'floats of 32 bits': { bits: 32, format: 'float', of: light },
} as const
const names = Object.keys(samples) as (keyof typeof samples)[]

describe('the samples of a TIFF', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const seen = (pictures: TiffPicture[], options = {}): Promise<number[][]> =>
    quartersOfTiff(pipeline, pictures, options)
  const codeOf = (picture: Partial<TiffPicture>): Promise<string> =>
    pipeline.codeOf(tiffOf([profiled({ ...size, at: () => [0], ...picture })]), { presets: lossless })

  describe.each(names)('of %s', (name) => {
    const { bits, format, of } = samples[name]
    const stored = { ...size, bits, format }

    it.each(tiffKinds)('in RGB is right (%j)', async (order) => {
      expectNear(await seen([{ ...stored, at: (x, y) => colourAt(x, y).map(of) }], order), opaque)
    })

    it('in grey is right, also with white as 0', async () => {
      const grey = (x: number, y: number): number => of(colourAt(x, y)[0])
      const most = format === 'float' ? 1 : 2 ** bits - 1
      expectNear(await seen([{ ...stored, photometric: 1, at: (x, y) => [grey(x, y)] }]), greys)
      expectNear(await seen([{ ...stored, photometric: 0, at: (x, y) => [most - grey(x, y)] }]), greys)
    })

    it('with alpha is right', async () => {
      const alpha = (x: number): number => (format === 'float' ? alphaAt(x) / 255 : of(alphaAt(x)))
      const shorts = { 338: [2] }
      expectNear(await seen([{ ...stored, shorts, at: (x, y) => [...colourAt(x, y).map(of), alpha(x)] }]), veiled)
      const at = (x: number, y: number): number[] => [of(colourAt(x, y)[0]), alpha(x)]
      expectNear(await seen([{ ...stored, photometric: 1, shorts, at }]), veiledGreys)
    })

    it('with channels without a meaning is right', async () => {
      const at = (x: number, y: number): number[] => [of(colourAt(x, y)[0]), 0, of(255)]
      expectNear(await seen([{ ...stored, photometric: 1, shorts: { 338: [0, 0] }, at }]), greys)
    })

    it.each([
      ['in tiles', { tile: 16 }],
      ['in compressed strips', { rowsPerStrip: 5, compression: 'deflate' }],
      ['in separate planes', { isPlanar: true }],
      ['in separate planes of compressed strips', { isPlanar: true, rowsPerStrip: 5, compression: 'deflate' }],
    ] as [string, Partial<TiffPicture>][])('%s is right, or not supported', async (_, layout) => {
      const picture = { ...stored, ...layout, at: (x: number, y: number) => colourAt(x, y).map(of) }
      if (layout.isPlanar && name === 'floats of 16 bits') expect(await codeOf(picture)).toBe('unsupported-pixels')
      else expectNear(await seen([picture]), opaque)
      const veil = (x: number): number => (format === 'float' ? alphaAt(x) / 255 : of(alphaAt(x)))
      const grey = { ...stored, ...layout, photometric: 1, shorts: { 338: [2] } }
      const at = (x: number, y: number): number[] => [of(colourAt(x, y)[0]), veil(x)]
      if (layout.isPlanar && name === 'floats of 16 bits') return
      expectNear(await seen([{ ...grey, at }]), veiledGreys)
    })

    it('with a profile of linear light is right', async () => {
      const profile = profileOf({ primaries: 1, transfer: 8 }) as Buffer
      const most = format === 'float' ? 1 : 2 ** bits - 1
      const linear = (byte: number): number => (format === 'float' ? light(byte) : Math.round(light(byte) * most))
      // 8 bits of linear light are coarse.
      expectNear(
        await seen([{ ...stored, profile, at: (x, y) => colourAt(x, y).map(linear) }]),
        opaque,
        bits === 8 ? 6 : 2,
      )
    })
  })

  it.each([8, 16, 32] as const)('of %i bits stay right when they are scaled', async (bits) => {
    const full = 2 ** bits - 1
    const scale = full / 255
    const at = (x: number, ...rest: number[]): number[] => [
      ...(x < 24 ? [220, 40, 40] : [40, 60, 220]).map((byte) => byte * scale),
      ...rest,
    ]
    const presets = lossless.map((preset) => ({ ...preset, width: 12 }))
    const rendered = async (picture: Partial<TiffPicture>): Promise<Buffer> => {
      const { files } = await pipeline.render(tiffOf([{ ...size, bits, at: () => [0], ...picture }]), { presets })
      return sharp(files[0]?.bytes).toColourspace('srgb').ensureAlpha().raw().toBuffer()
    }
    /** The first and the last pixel of the first row. */
    const pixels = async (picture: Partial<TiffPicture>): Promise<number[]> => {
      const data = await rendered(picture)
      return [...data.subarray(0, 4), ...data.subarray(44, 48)]
    }
    const expected = [220, 40, 40, 255, 40, 60, 220, 255]
    expectNear([await pixels({ shorts: { 338: [0, 0] }, at: (x) => at(x, 0, 0) })], [expected])
    // Alpha, and a channel without a meaning.
    const veiledRight = [220, 40, 40, 255, 40, 60, 220, 128]
    const veil = (x: number): number => Math.round(alphaAt(x) * scale)
    expectNear([await pixels({ shorts: { 338: [2, 0] }, at: (x) => at(x, veil(x), 0) })], [veiledRight])
    // The colour of a transparent half does not show beside it.
    const grey = (x: number): number[] => (x < 25 ? [100 * scale, full] : [full, 0])
    const data = await rendered({ photometric: 1, isPlanar: true, shorts: { 338: [2] }, at: grey })
    const reds = data.filter((_, index) => index % 4 === 0 && (data[index + 3] ?? 0) > 20)
    expect(Math.min(...reds)).toBeGreaterThanOrEqual(98)
    expect(Math.max(...reds)).toBeLessThanOrEqual(102)
  })

  it('of floats that are coded as its profile says is right', async () => {
    const profile = profileOf({ primaries: 9, transfer: 4 }) as Buffer
    const at = (x: number, y: number): number[] => {
      const [red, green, blue] = colourAt(x, y).map(light) as Rgb
      // From sRGB to BT.2020 (ITU-R BT.2087), and a gamma of 2.2.
      return [
        0.6274 * red + 0.3293 * green + 0.0433 * blue,
        0.0691 * red + 0.9195 * green + 0.0114 * blue,
        0.0164 * red + 0.088 * green + 0.8956 * blue,
      ].map((part) => part ** (1 / 2.2))
    }
    expectNear(await seen([{ ...size, bits: 32, format: 'float', profile, at }]), opaque, 3)
  })

  it('of floats without a profile is not supported', async () => {
    for (const picture of [
      { at: (x: number, y: number) => colourAt(x, y).map(light) },
      { photometric: 1, at: (x: number, y: number) => [light(colourAt(x, y)[0])] },
      { profile: greyProfile(), at: (x: number, y: number) => colourAt(x, y).map(light) },
      { profile: Buffer.alloc(200), at: (x: number, y: number) => colourAt(x, y).map(light) },
    ]) {
      const file = tiffOf([{ ...size, bits: 32, format: 'float', ...picture }])
      expect(await pipeline.codeOf(file, { presets: lossless })).toBe('unsupported-pixels')
    }
  })

  it('of floats that exceed white is right up to white, and not supported if most of them do', async () => {
    const bright = (x: number, y: number): number[] => colourAt(x, y).map((byte) => (byte > 200 ? 8 : light(byte)))
    const [first] = await seen([{ ...size, bits: 32, format: 'float', at: bright }])
    expect(first).toEqual([255, expect.any(Number), expect.any(Number), 255])
    const at = (x: number, y: number): number[] => colourAt(x, y)
    expect(await codeOf({ bits: 32, format: 'float', at })).toBe('unsupported-pixels')
  })

  it('with colours that are multiplied by alpha is right, or not supported', async () => {
    const shorts = { 338: [1] }
    for (const { bits, format, of } of [samples['8 bits'], samples['16 bits'], samples['floats of 32 bits']]) {
      const round = (value: number): number => (format === 'float' ? value : Math.round(value))
      const at = (x: number, y: number): number[] => {
        const alpha = alphaAt(x) / 255
        return [...colourAt(x, y).map((byte) => of(byte) * alpha), format === 'float' ? alpha : of(255) * alpha].map(
          round,
        )
      }
      expectNear(await seen([{ ...size, bits, format, shorts, at }]), veiled)
    }
    expect(await codeOf({ bits: 32, shorts, at: () => [1, 2, 3, 4] })).toBe('unsupported-pixels')
    expect(await codeOf({ photometric: 8, shorts, at: () => [1, 2, 3, 4] })).toBe('unsupported-pixels')
    // Whether white is 0 before or after the multiplication is not defined.
    expect(await codeOf({ photometric: 0, shorts, at: (x) => [x, 128] })).toBe('unsupported-pixels')
    expect(await codeOf({ photometric: 0, bits: 16, shorts, at: (x) => [x, 32_768] })).toBe('unsupported-pixels')
    expect(await codeOf({ photometric: 1, bits: 32, format: 'float', shorts, at: () => [1, 1] })).toBe(
      'unsupported-pixels',
    )
  })
})
