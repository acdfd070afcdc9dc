import { readFile } from 'node:fs/promises'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp from 'sharp'

import { cicp, iccp, pngOf, uint32, type At } from '../../tests/coloured-pngs.ts'
import { openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import { colourAt, expectNear, lossless, quarters, quartersOf, size, type Rgb } from '../../tests/four-quarters.ts'
import { heifOf } from '../../tests/heif-boxes.ts'
import { edited } from '../../tests/heif-edits.ts'
import { tiffOf } from '../../tests/tiff-writer.ts'
import { profileOf } from './colour-profile.ts'
import { pngChunk } from './png-chunks.ts'
import { DIFFUSE_WHITE, toneCurve } from './tone-mapping.ts'

const PQ = 16
const HLG = 18
const BT_2020 = 9
const BT_709 = 1

/** The bytes of the quarters as PQ or HLG. */
const coded: At = (x, y) => colourAt(x, y).map((byte) => byte / 255)
/** What Chromium 156 shows of them, and of other colours below. */
const shown = {
  pq: [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 174, 0],
  ],
  hlg: [
    [255, 0, 0],
    [0, 208, 0],
    [0, 38, 212],
    [255, 194, 0],
  ],
  hlg709: [
    [225, 30, 30],
    [33, 200, 51],
    [27, 43, 208],
    [252, 210, 44],
  ],
}
const withAlpha = (colours: number[][]): number[][] => colours.map((colour) => [...colour, 255])

describe('an HDR picture', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const seen = async (file: Buffer): Promise<number[][]> =>
    quartersOf(await pipeline.render(file, { presets: lossless }))

  it.each([8, 16] as const)('as a PNG of %i bits looks as in Chromium', async (bits) => {
    const png = (...codes: number[]): Promise<Buffer> => pngOf(coded, [cicp(...codes, 0, 1)], { bits })
    expectNear(await seen(await png(BT_2020, PQ)), withAlpha(shown.pq))
    expectNear(await seen(await png(BT_2020, HLG)), withAlpha(shown.hlg))
    expectNear(await seen(await png(BT_709, HLG)), withAlpha(shown.hlg709))
  })

  it('in grey, in 16 bits, looks as in Chromium', async () => {
    // PQ of 10, 100, 203 and 400 cd/m².
    const values = [0.301_8, 0.508_1, 0.580_7, 0.652_8]
    const at: At = (x, y) => [values[quarters.indexOf(colourAt(x, y))] ?? 0]
    const greys = [43, 136, 187, 223].map((byte) => [byte, byte, byte, 255])
    expectNear(await seen(await pngOf(at, [cicp(BT_2020, PQ, 0, 1)], { bits: 16 })), greys)
  })

  it('as an AVIF of 10 bits looks as in Chromium, also if it defines its peak', async () => {
    const avif = await readFile(new URL('../../tests/fixtures/pq.avif', import.meta.url))
    expectNear(
      await seen(avif),
      withAlpha([
        [161, 26, 26],
        [24, 146, 42],
        [26, 42, 161],
        [177, 161, 42],
      ]),
      3,
    )
    const hlg = Buffer.from(avif)
    hlg.writeUInt16BE(HLG, hlg.indexOf('nclx') + 6)
    expectNear(
      await seen(hlg),
      withAlpha([
        [110, 56, 48],
        [72, 104, 65],
        [54, 55, 101],
        [116, 110, 70],
      ]),
      3,
    )
    const light = Buffer.concat([uint32(12), Buffer.from('clli'), Buffer.of(400 >> 8, 400 & 255, 0, 100)])
    const peak = edited(avif, { properties: { 1: [light] } })
    expectNear(
      await seen(peak),
      withAlpha([
        [198, 35, 35],
        [31, 180, 53],
        [34, 53, 197],
        [216, 197, 54],
      ]),
      5,
    )
  })

  it('as a PNG follows the peak that it defines', async () => {
    const light = (nits: number): Buffer => pngChunk('cLLI', uint32(nits * 10_000), uint32(1_000_000))
    const display = (nits: number): Buffer => pngChunk('mDCV', Buffer.alloc(16), uint32(nits * 10_000), uint32(1))
    // PQ of 100, 203, 400 and 1,000 cd/m².
    const values = [0.508_1, 0.580_7, 0.652_8, 0.751_8]
    const at: At = (x, y) => Array<number>(3).fill(values[quarters.indexOf(colourAt(x, y))] ?? 0)
    const greys = (...bytes: number[]): number[][] => bytes.map((byte) => [byte, byte, byte, 255])
    const png = (...chunks: Buffer[]): Promise<Buffer> => pngOf(at, [cicp(BT_2020, PQ, 0, 1), ...chunks], { bits: 16 })
    expectNear(await seen(await png(light(4_000))), greys(136, 187, 207, 226))
    expectNear(await seen(await png(display(4_000))), greys(136, 187, 207, 226))
    expectNear(await seen(await png(light(400), display(4_000))), greys(167, 229, 255, 255))
  })

  it('as a HEIC looks as in Chromium', async () => {
    const tile = await readFile(new URL('../../tests/fixtures/orange.heic', import.meta.url))
    const rendered = async (primaries: number, transfer: number): Promise<Rgb> => {
      const heic = heifOf({ tiles: [tile], colours: { primaries, transfer } })
      const { files } = await pipeline.render(heic, { presets: lossless })
      const [red = 0, green = 0, blue = 0] = await sharp(files[0]?.bytes).removeAlpha().raw().toBuffer()
      return [red, green, blue]
    }
    // rgb(200, 100, 60).
    expectNear([await rendered(BT_2020, HLG)], [[230, 48, 34]], 8)
    expectNear([await rendered(BT_709, HLG)], [[187, 80, 47]], 8)
  })

  it('with an ICC profile follows the codes in the profile', async () => {
    const profile = profileOf({ primaries: BT_2020, transfer: HLG }) as Buffer
    for (const bits of [8, 16] as const) {
      expectNear(await seen(await pngOf(coded, [iccp(profile)], { bits })), withAlpha(shown.hlg))
      const at = (x: number, y: number): number[] => coded(x, y).map((part) => Math.round(part * (2 ** bits - 1)))
      expectNear(await seen(tiffOf([{ ...size, bits, profile, at }])), withAlpha(shown.hlg))
    }
  })
})

describe('the curve that compresses HDR', () => {
  it.each([203, 400, 1_000, 4_000, 10_000])('rises from black to white without a step (%i cd/m²)', (peak) => {
    const tone = toneCurve(peak)
    const lights = Array.from({ length: 2_000 }, (_, index) => (index / 1_900) * (peak / DIFFUSE_WHITE))
    const values = lights.map(tone)
    expect([values[0], values.at(-1)]).toEqual([0, 1])
    for (const [index, value] of values.entries()) {
      const before = values[index - 1] ?? 0
      expect(value).toBeGreaterThanOrEqual(before)
      expect(value - before).toBeLessThan(0.03)
    }
  })

  it('keeps light up to diffuse white in proportion', () => {
    const tone = toneCurve(1_000)
    expect(tone(0.5)).toBeCloseTo(tone(1) / 2, 6)
    expect(tone(1)).toBeCloseTo(0.5, 2)
  })
})
