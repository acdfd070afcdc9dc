import { afterAll, beforeAll, describe, it } from '@jest/globals'
import type { Sharp } from 'sharp'

import { chrm, cicp, gama, iccp, pngOf, uint32, type At, type Coded } from '../../tests/coloured-pngs.ts'
import { openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import {
  alphaAt,
  colourAt,
  expectNear,
  greys,
  light,
  lossless,
  opaque,
  quartersOf,
  veiled,
  veiledGreys,
} from '../../tests/four-quarters.ts'
import { greyProfile } from '../../tests/grey-profile.ts'
import { profileOf } from './colour-profile.ts'
import { pngChunk } from './png-chunks.ts'

/** From sRGB to BT.2020 and to Display P3, in light (ITU-R BT.2087, SMPTE EG 432-1). */
const toBt2020 = [
  [0.6274, 0.3293, 0.0433],
  [0.0691, 0.9195, 0.0114],
  [0.0164, 0.088, 0.8956],
]
const toP3 = [
  [0.8225, 0.1774, 0],
  [0.0332, 0.9669, 0],
  [0.0171, 0.0724, 0.9108],
]

function through(matrix: number[][], colour: number[]): number[] {
  return matrix.map((row) => row.reduce((sum, share, channel) => sum + share * (colour[channel] ?? 0), 0))
}

const srgb: At = (x, y) => colourAt(x, y).map((byte) => byte / 255)
const linear: At = (x, y) => colourAt(x, y).map(light)
const codedSrgb = (part: number): number => (part <= 0.003_130_8 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055)
const p3: At = (x, y) => through(toP3, linear(x, y)).map(codedSrgb)
const power =
  (exponent: number): At =>
  (x, y) =>
    linear(x, y).map((part) => part ** exponent)

const srgbChunk = pngChunk('sRGB', Buffer.of(0))
const srgbChrm = chrm(0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
const p3Chrm = chrm(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
const bt2020Linear = profileOf({ primaries: 9, transfer: 8 }) as Buffer

describe('the colours that a PNG declares', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const seen = async (at: At, chunks: Buffer[], coded: Coded = {}): Promise<number[][]> =>
    quartersOf(await pipeline.render(await pngOf(at, chunks, coded), { presets: lossless }))

  const depths = [8, 16] as const
  it.each(depths)('follow gAMA, with and without cHRM, in %i bits', async (bits) => {
    // 8 bits of linear light are coarse.
    expectNear(await seen(linear, [gama(1)], { bits }), opaque, bits === 8 ? 6 : 2)
    expectNear(await seen(power(1 / 1.8), [gama(1 / 1.8)], { bits }), opaque)
    expectNear(await seen(power(1 / 1.8), [gama(1 / 1.8), srgbChrm], { bits }), opaque)
    const coded: At = (x, y) => through(toP3, linear(x, y)).map((part) => part ** (1 / 2.2))
    expectNear(await seen(coded, [gama(1 / 2.2), p3Chrm], { bits }), opaque)
    expectNear(await seen(p3, [p3Chrm], { bits }), opaque)
  })

  it('are sRGB if gAMA is the usual one, or if nothing is declared', async () => {
    for (const chunks of [[], [gama(0.45455)], [gama(0.45455), srgbChrm], [gama(0.465)], [srgbChrm]]) {
      for (const bits of depths) expectNear(await seen(srgb, chunks, { bits }), opaque, 1)
    }
  })

  it.each(depths)('follow cICP, in %i bits', async (bits) => {
    expectNear(await seen(p3, [cicp(12, 13, 0, 1)], { bits }), opaque)
    expectNear(await seen(srgb, [cicp(1, 13, 0, 1)], { bits }), opaque, 1)
    expectNear(await seen(linear, [cicp(1, 8, 0, 1)], { bits }), opaque, bits === 8 ? 6 : 2)
    const wide: At = (x, y) => through(toBt2020, linear(x, y)).map(codedSrgb)
    expectNear(await seen(wide, [cicp(9, 14, 0, 1)], { bits }), opaque, 3)
  })

  it('follow cICP of the narrow range of video', async () => {
    const narrow: At = (x, y) => srgb(x, y).map((part) => (16 + part * 219) / 255)
    expectNear(await seen(narrow, [cicp(1, 13, 0, 0)]), opaque)
    const bt709: At = (x, y) => srgb(x, y).map((part) => (4_096 + part * 56_064) / 65_535)
    expectNear(await seen(bt709, [cicp(1, 1, 0, 0)], { bits: 16 }), opaque)
  })

  it('follow the first of cICP, iCCP, sRGB and gAMA that is there', async () => {
    const others = [iccp(bt2020Linear), gama(1), p3Chrm]
    for (const bits of depths) {
      expectNear(await seen(p3, [cicp(12, 13, 0, 1), ...others], { bits }), opaque)
      expectNear(await seen(srgb, [cicp(1, 13, 0, 1), ...others], { bits }), opaque, 1)
      expectNear(await seen(srgb, [srgbChunk, gama(1), p3Chrm], { bits }), opaque, 1)
      const wide: At = (x, y) => through(toBt2020, linear(x, y))
      expectNear(await seen(wide, [iccp(bt2020Linear), gama(0.5), p3Chrm], { bits }), opaque, bits === 8 ? 12 : 2)
    }
  })

  it.each([
    ['unspecified primaries', cicp(2, 8, 0, 1)],
    ['an unknown curve', cicp(1, 77, 0, 1)],
    ['a matrix, which RGB has not', cicp(1, 8, 1, 1)],
    ['an unknown range', cicp(1, 8, 0, 2)],
    ['no bytes', cicp()],
    ['a gamma of 0', gama(0)],
    ['a gamma that is too small', pngChunk('gAMA', uint32(15))],
    ['a gamma that is too large', pngChunk('gAMA', uint32(625_000_001))],
    ['chromaticities that are too large', chrm(0.3127, 0.329, 20_000, 0.33, 0.3, 0.6, 0.15, 0.06)],
    ['chromaticities without white', chrm(0, 0, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)],
    ['chromaticities on a line', chrm(0.3127, 0.329, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3)],
    ['an invalid profile', iccp(Buffer.alloc(200))],
    ['a profile of grey', iccp(greyProfile())],
  ])('are not changed by %s', async (_, chunk) => {
    for (const bits of depths) expectNear(await seen(srgb, [chunk], { bits }), opaque, 1)
  })

  it('follow what a PNG declares besides an unknown code or a profile of another space', async () => {
    for (const chunk of [cicp(2, 2, 0, 1), iccp(greyProfile())]) {
      expectNear(await seen(power(1 / 1.8), [chunk, gama(1 / 1.8)]), opaque)
    }
  })

  it('are right with alpha, with a palette, interlaced and in grey', async () => {
    const veil: At = (x, y) => [...p3(x, y), alphaAt(x) / 255]
    const code = [cicp(12, 13, 0, 1)]
    for (const bits of depths) {
      expectNear(await seen(veil, code, { bits }), veiled)
      expectNear(await seen(p3, code, { bits, written: (image) => image.png({ progressive: true }) }), opaque)
      const grey: At = (x, y) => [light(colourAt(x, y)[0])]
      expectNear(await seen(grey, [gama(1)], { bits }), greys, bits === 8 ? 4 : 2)
      const veiledGrey: At = (x, y) => [light(colourAt(x, y)[0]), alphaAt(x) / 255]
      expectNear(await seen(veiledGrey, [gama(1)], { bits }), veiledGreys, bits === 8 ? 4 : 2)
    }
    const palette = { written: (image: Sharp) => image.png({ palette: true, effort: 1 }) }
    expectNear(await seen(p3, code, palette), opaque, 6)
    expectNear(await seen(veil, code, palette), veiled, 6)
  })
})
