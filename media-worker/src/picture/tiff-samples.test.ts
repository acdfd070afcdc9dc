import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import sharp from 'sharp'

import { openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import { tiffOf, type TiffPicture } from '../../tests/tiff-writer.ts'
import { profileOf } from './colour-profile.ts'
import { lightOfSrgb } from './srgb-profile.ts'

const WIDTH = 48
const HEIGHT = 32
type Rgb = [number, number, number]
/** Top left, top right, bottom left and bottom right. */
const quarters: Rgb[] = [
  [220, 40, 40],
  [40, 200, 60],
  [40, 60, 220],
  [240, 220, 60],
]
const size = { width: WIDTH, height: HEIGHT }
const quarterAt = (x: number, y: number): number => (x < WIDTH / 2 ? 0 : 1) + (y < HEIGHT / 2 ? 0 : 2)
const colourAt = (x: number, y: number): Rgb => quarters[quarterAt(x, y)] ?? [0, 0, 0]
/** The right half is half transparent. */
const alphaAt = (x: number): number => (x < WIDTH / 2 ? 255 : 128)
const opaque = quarters.map((colour) => [...colour, 255])
const veiled = quarters.map((colour, index) => [...colour, index % 2 ? 128 : 255])
const greys = quarters.map(([red]) => [red, red, red, 255])
const light = (byte: number): number => lightOfSrgb(byte / 255)

/** How a byte of sRGB is stored. */
const samples = {
  '8 bits': { bits: 8, format: 'unsigned', of: (byte: number) => byte },
  '16 bits': { bits: 16, format: 'unsigned', of: (byte: number) => byte * 257 },
  '32 bits': { bits: 32, format: 'unsigned', of: (byte: number) => byte * 16_843_009 },
  'floats of 16 bits': { bits: 16, format: 'float', of: light },
  'floats of 32 bits': { bits: 32, format: 'float', of: light },
} as const
const names = Object.keys(samples) as (keyof typeof samples)[]
const orders = [{}, { bigEndian: true }, { bigTiff: true }, { bigEndian: true, bigTiff: true }]

/** CIELab relative to D50; lightness 0–100. */
function labOf(colour: Rgb): Rgb {
  const [red, green, blue] = colour.map(light) as Rgb
  const curve = (part: number): number => (part > 216 / 24_389 ? Math.cbrt(part) : ((24_389 / 27) * part + 16) / 116)
  const x = curve((0.436_074_7 * red + 0.385_064_9 * green + 0.143_080_4 * blue) / 0.964_22)
  const y = curve(0.222_504_5 * red + 0.716_878_6 * green + 0.060_616_9 * blue)
  const z = curve((0.013_932_2 * red + 0.097_104_5 * green + 0.714_173_3 * blue) / 0.825_21)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

describe('a TIFF', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const [small] = defaultPresets as [Preset]
  const presets: Preset[] = [{ ...small, name: 'whole', fit: 'inside', height: null, width: 400, formats: ['png'] }]

  /** The colours at the middle of the quarters, with alpha. */
  async function seen(pictures: TiffPicture[], options = {}): Promise<number[][]> {
    const { files, facts } = await pipeline.render(tiffOf(pictures, options), { presets })
    expect(facts).toMatchObject({ ...size, format: 'tiff', animated: false })
    const image = sharp(files[0]?.bytes).toColourspace('srgb')
    const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    const colours = quarters.map((_, index) => {
      const x = WIDTH * (index % 2 ? 0.75 : 0.25)
      const y = HEIGHT * (index > 1 ? 0.75 : 0.25)
      return [...data.subarray((y * info.width + x) * 4).subarray(0, 4)]
    })
    expect(facts.hasAlpha).toBe(colours.some(([, , , alpha]) => alpha !== 255))
    return colours
  }

  function expectNear(found: number[][], expected: number[][], slack = 2): void {
    const worst = Math.max(
      ...found.flatMap((colour, at) => colour.map((part, channel) => Math.abs(part - (expected[at]?.[channel] ?? 0)))),
    )
    expect({ found, isNear: worst <= slack }).toEqual({ found, isNear: true })
  }

  const codeOf = (picture: Omit<TiffPicture, 'width' | 'height'>): Promise<string> =>
    pipeline.codeOf(tiffOf([{ ...size, ...picture }]), { presets })

  describe.each(names)('of %s', (name) => {
    const { bits, format, of } = samples[name]
    const stored = { ...size, bits, format }

    it.each(orders)('in RGB is right (%j)', async (order) => {
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
      const greyed = greys.map((colour, index) => [...colour.slice(0, 3), index % 2 ? 128 : 255])
      const at = (x: number, y: number): number[] => [of(colourAt(x, y)[0]), alpha(x)]
      expectNear(await seen([{ ...stored, photometric: 1, shorts, at }]), greyed)
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
      expectNear(
        await seen([{ ...grey, at }]),
        greys.map((colour, index) => [...colour.slice(0, 3), index % 2 ? 128 : 255]),
      )
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

  it('of floats that exceed white is right up to white, and not supported if most of them do', async () => {
    const bright = (x: number, y: number): number[] => colourAt(x, y).map((byte) => (byte > 200 ? 8 : light(byte)))
    const [first] = await seen([{ ...size, bits: 32, format: 'float', at: bright }])
    expect(first).toEqual([255, expect.any(Number), expect.any(Number), 255])
    const at = (x: number, y: number): number[] => colourAt(x, y)
    expect(await codeOf({ bits: 32, format: 'float', at })).toBe('unsupported-pixels')
  })

  it.each(orders.slice(0, 2))(
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
      presets: presets.map((preset) => ({ ...preset, width: 8 })),
    })
    const { channels } = await sharp(files[0]?.bytes).stats()
    const [red, green, blue] = channels.map(({ mean }) => mean) as Rgb
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(4)
  })

  it("in ICC's encoding of CIELab is right", async () => {
    const icc = (x: number, y: number, unit: number): number[] => {
      const [lightness, a, b] = labOf(colourAt(x, y))
      const scale = unit === 1 ? 2.55 : 652.8
      return [Math.round(lightness * scale), Math.round(a * unit) + 128 * unit, Math.round(b * unit) + 128 * unit]
    }
    expectNear(await seen([{ ...size, photometric: 9, at: (x, y) => icc(x, y, 1) }]), opaque, 5)
    expectNear(await seen([{ ...size, photometric: 9, bits: 16, at: (x, y) => icc(x, y, 256) }]), opaque)
  })

  it('in YCbCr without subsampling is right', async () => {
    const at = (x: number, y: number): number[] => {
      const [red, green, blue] = colourAt(x, y)
      const bright = 0.299 * red + 0.587 * green + 0.114 * blue
      return [bright, (blue - bright) / 1.772 + 128, (red - bright) / 1.402 + 128].map((part) =>
        Math.min(Math.max(Math.round(part), 0), 255),
      )
    }
    for (const layout of [{}, { tile: 16 }]) {
      expectNear(await seen([{ ...size, ...layout, photometric: 6, shorts: { 530: [1, 1] }, at }]), opaque)
    }
  })

  it('in YCbCr with subsampling is right, and opaque', async () => {
    const tiff = await sharp(
      await sharp({ create: { ...size, channels: 3, background: '#dc2828' } })
        .png()
        .toBuffer(),
    )
      .tiff({ compression: 'jpeg', quality: 90 })
      .toBuffer()
    expect((await pipeline.render(tiff, { presets })).facts).toMatchObject({ hasAlpha: false })
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
    for (const order of orders) {
      const picture = { ...size, photometric: 3, bits, shorts: { 320: map } }
      expectNear(await seen([{ ...picture, at: (x, y) => [quarterAt(x, y)] }], order), opaque)
    }
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
    expect(await codeOf({ photometric: 1, bits: 32, format: 'float', shorts, at: () => [1, 1] })).toBe(
      'unsupported-pixels',
    )
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

  describe('with several pictures', () => {
    const full: TiffPicture = { ...size, at: colourAt }
    const copy: TiffPicture = { width: 16, height: 8, at: () => [1, 2, 3], shorts: { 254: [1] } }

    it.each(orders)('shows the full one if the first one is a copy of reduced size (%j)', async (order) => {
      expectNear(await seen([copy, full], order), opaque)
      expectNear(await seen([{ ...copy, shorts: { 255: [2] } }, full], order), opaque)
      expectNear(await seen([{ ...copy, inner: [{ ...copy, width: 20 }, full] }], order), opaque)
      const floats = {
        ...full,
        bits: 32,
        format: 'float',
        at: (x: number, y: number) => colourAt(x, y).map(light),
      } as const
      expectNear(await seen([copy, copy, floats], order), opaque)
    })

    it('shows the first one if it is a full picture, or if all are copies', async () => {
      expectNear(await seen([full, copy]), opaque)
      expectNear(await seen([{ ...full, shorts: { 254: [1] } }]), opaque)
    })

    it('does not show a mask', async () => {
      const mask: TiffPicture = { width: 64, height: 64, bits: 1, photometric: 4, shorts: { 254: [5] }, at: () => [1] }
      expectNear(await seen([copy, mask, full]), opaque)
    })

    it('does not show a copy if the full picture is not supported', async () => {
      const sensor = { ...full, bits: 16, photometric: 32_803, at: () => [7] } as const
      expect(await pipeline.codeOf(tiffOf([{ ...copy, inner: [sensor] }]), { presets })).toBe('unsupported-pixels')
    })
  })

  it('is turned upright in every depth', async () => {
    const lying = { width: HEIGHT, height: WIDTH, shorts: { 274: [6] } }
    const at = (x: number, y: number): Rgb => colourAt(WIDTH - 1 - y, x)
    expectNear(await seen([{ ...lying, at }]), opaque)
    expectNear(await seen([{ ...lying, bits: 32, format: 'float', at: (x, y) => at(x, y).map(light) }]), opaque)
    const lab = (x: number, y: number): number[] => {
      const [lightness, a, b] = labOf(at(x, y))
      return [Math.round(lightness * 2.55), Math.round(a) & 255, Math.round(b) & 255]
    }
    expectNear(await seen([{ ...lying, photometric: 8, at: lab }]), opaque, 5)
  })
})
