import { expect } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import sharp from 'sharp'

import { profileOf } from '../src/picture/colour-profile.ts'
import type { RenderedPicture } from '../src/picture/rendered-picture.ts'
import { lightOfSrgb } from '../src/picture/srgb-profile.ts'
import type { PipelineUnderTest } from './drawn-pictures.ts'
import { greyProfile } from './grey-profile.ts'
import { tiffOf, type TiffPicture } from './tiff-writer.ts'

/** A picture of four quarters in four colours. The right half may be half transparent. */
export const size = { width: 48, height: 32 }
export type Rgb = [number, number, number]

/** Top left, top right, bottom left and bottom right. */
export const quarters: Rgb[] = [
  [220, 40, 40],
  [40, 200, 60],
  [40, 60, 220],
  [240, 220, 60],
]
export const opaque = quarters.map((colour) => [...colour, 255])
export const veiled = quarters.map((colour, index) => [...colour, index % 2 ? 128 : 255])
export const greys = quarters.map(([red]) => [red, red, red, 255])
export const veiledGreys = quarters.map(([red], index) => [red, red, red, index % 2 ? 128 : 255])

export function quarterAt(x: number, y: number): number {
  return (x < size.width / 2 ? 0 : 1) + (y < size.height / 2 ? 0 : 2)
}

export function colourAt(x: number, y: number): Rgb {
  return quarters[quarterAt(x, y)] ?? [0, 0, 0]
}

export function alphaAt(x: number): number {
  return x < size.width / 2 ? 255 : 128
}

/** The light of a byte of sRGB, 0–1. */
export function light(byte: number): number {
  return lightOfSrgb(byte / 255)
}

/** CIELab relative to D50; lightness is 0–100. */
export function labOf(colour: Rgb): Rgb {
  const [red, green, blue] = colour.map(light) as Rgb
  const curve = (part: number): number => (part > 216 / 24_389 ? Math.cbrt(part) : ((24_389 / 27) * part + 16) / 116)
  const x = curve((0.436_074_7 * red + 0.385_064_9 * green + 0.143_080_4 * blue) / 0.964_22)
  const y = curve(0.222_504_5 * red + 0.716_878_6 * green + 0.060_616_9 * blue)
  const z = curve((0.013_932_2 * red + 0.097_104_5 * green + 0.714_173_3 * blue) / 0.825_21)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const [base] = defaultPresets as [Preset]
/** The whole picture, without losses. */
export const lossless: Preset[] = [
  { ...base, name: 'whole', fit: 'inside', height: null, width: 400, formats: ['png'] },
]

/** The picture, with a profile of linear light if its samples are floats, which need one. */
export function profiled(picture: TiffPicture): TiffPicture {
  const inner = picture.inner?.map(profiled)
  const isGrey = (picture.photometric ?? 2) < 2
  const profile = isGrey ? greyProfile() : (profileOf({ primaries: 1, transfer: 8 }) as Buffer)
  return { ...(picture.format === 'float' ? { profile } : {}), ...picture, ...(inner ? { inner } : {}) }
}

/** The colours in the middle of the quarters, with alpha. */
export async function quartersOf({ files, facts }: RenderedPicture): Promise<number[][]> {
  expect(facts).toMatchObject({ ...size, animated: false })
  const image = sharp(files[0]?.bytes).toColourspace('srgb').ensureAlpha()
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  const colours = quarters.map((_, index) => {
    const x = size.width * (index % 2 ? 0.75 : 0.25)
    const y = size.height * (index > 1 ? 0.75 : 0.25)
    return [...data.subarray((y * info.width + x) * 4).subarray(0, 4)]
  })
  expect(facts.hasAlpha).toBe(colours.some(([, , , alpha]) => alpha !== 255))
  return colours
}

/** The byte orders and sizes of offsets of TIFF. */
export const tiffKinds = [{}, { bigEndian: true }, { bigTiff: true }, { bigEndian: true, bigTiff: true }]

/** Renders a TIFF of these pictures, and returns the colours in the middle of its quarters. */
export async function quartersOfTiff(
  pipeline: PipelineUnderTest,
  pictures: TiffPicture[],
  options: (typeof tiffKinds)[number] = {},
): Promise<number[][]> {
  return quartersOf(await pipeline.render(tiffOf(pictures.map(profiled), options), { presets: lossless }))
}

/** @param slack the largest difference of a channel */
export function expectNear(found: number[][], expected: number[][], slack = 2): void {
  const differences = found.flatMap((colour, at) =>
    colour.map((part, channel) => Math.abs(part - (expected[at]?.[channel] ?? 0))),
  )
  expect(Math.max(...differences) <= slack ? expected : found).toEqual(expected)
}
