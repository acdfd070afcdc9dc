import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp from 'sharp'

import { iccp, pngOf } from '../../tests/coloured-pngs.ts'
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
  size,
  veiledGreys,
} from '../../tests/four-quarters.ts'
import { greyProfile } from '../../tests/grey-profile.ts'
import { tiffOf } from '../../tests/tiff-writer.ts'
import { profileOf } from './colour-profile.ts'

const rgbProfile = profileOf({ primaries: 9, transfer: 8 }) as Buffer
const depths = [8, 16] as const
const coded = (byte: number): number => byte / 255

describe('a profile of grey', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const seen = async (file: Buffer): Promise<number[][]> =>
    quartersOf(await pipeline.render(file, { presets: lossless }))

  const cases = depths.flatMap((bits) => [false, true].map((hasAlpha) => ({ bits, hasAlpha })))
  it.each(cases)('is applied to a grey PNG ($bits bits, alpha: $hasAlpha)', async ({ bits, hasAlpha }) => {
    const at = (x: number, y: number): number[] => [light(colourAt(x, y)[0]), ...(hasAlpha ? [coded(alphaAt(x))] : [])]
    const png = await pngOf(at, [iccp(greyProfile())], { bits })
    // 8 bits of linear light are coarse.
    expectNear(await seen(png), hasAlpha ? veiledGreys : greys, bits === 8 ? 4 : 2)
  })

  it.each(cases)('is applied to a grey TIFF ($bits bits, alpha: $hasAlpha)', async ({ bits, hasAlpha }) => {
    const most = 2 ** bits - 1
    const at = (x: number, y: number): number[] =>
      [light(colourAt(x, y)[0]), ...(hasAlpha ? [coded(alphaAt(x))] : [])].map((part) => Math.round(part * most))
    const base = { ...size, photometric: 1, bits, at, ...(hasAlpha ? { shorts: { 338: [2] } } : {}) }
    const expected = hasAlpha ? veiledGreys : greys
    expectNear(await seen(tiffOf([{ ...base, profile: greyProfile() }])), expected, bits === 8 ? 4 : 2)
    expectNear(
      await seen(tiffOf([{ ...base, profile: greyProfile() }], { bigEndian: true })),
      expected,
      bits === 8 ? 4 : 2,
    )
  })

  it('is applied to a grey JPEG', async () => {
    const png = await pngOf((x, y) => [light(colourAt(x, y)[0])], [])
    const jpeg = await sharp(png).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer()
    expect((await sharp(jpeg).metadata()).channels).toBe(1)
    const name = Buffer.from('ICC_PROFILE\0\u0001\u0001', 'latin1')
    const length = Buffer.alloc(2)
    length.writeUInt16BE(2 + name.length + greyProfile().length)
    const marker = Buffer.concat([Buffer.of(0xff, 0xe2), length, name, greyProfile()])
    expectNear(await seen(Buffer.concat([jpeg.subarray(0, 2), marker, jpeg.subarray(2)])), greys, 4)
  })

  it('is not applied if its curve is invalid or missing', async () => {
    const invalid = Buffer.from(greyProfile())
    invalid.write('para', invalid.indexOf('curv'))
    const missing = Buffer.from(greyProfile())
    missing.write('xTRC', missing.indexOf('kTRC'))
    const grey = (x: number, y: number): number[] => [coded(colourAt(x, y)[0])]
    for (const bits of depths) {
      for (const profile of [invalid, missing]) {
        expectNear(await seen(await pngOf(grey, [iccp(profile)], { bits })), greys, 1)
        const at = (x: number, y: number): number[] => grey(x, y).map((part) => Math.round(part * (2 ** bits - 1)))
        expectNear(await seen(tiffOf([{ ...size, photometric: 1, bits, at, profile }])), greys, 1)
      }
    }
  })

  it('is not applied to RGB, and a profile of RGB is not applied to grey', async () => {
    for (const bits of depths) {
      const most = 2 ** bits - 1
      const grey = (x: number, y: number): number[] => [coded(colourAt(x, y)[0])]
      expectNear(await seen(await pngOf(grey, [iccp(rgbProfile)], { bits })), greys, 1)
      const at = (x: number, y: number): number[] => grey(x, y).map((part) => Math.round(part * most))
      expectNear(await seen(tiffOf([{ ...size, photometric: 1, bits, at, profile: rgbProfile }])), greys, 1)
      const colours = (x: number, y: number): number[] => colourAt(x, y).map(coded)
      expectNear(await seen(await pngOf(colours, [iccp(greyProfile())], { bits })), opaque, 1)
    }
  })
})
