import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp, { type Sharp } from 'sharp'

import {
  blue,
  coloursAt,
  farthest,
  fileOf,
  halves,
  openPipeline,
  red,
  tiffOf,
  transparent,
  type PipelineUnderTest,
} from '../../tests/drawn-pictures.ts'

/** The code of Display P3's primaries (ISO 23091-2). */
const DISPLAY_P3 = 12

describe('the colours of a rendition', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  it('are converted to sRGB from every colour space of a source', async () => {
    const sources = [
      await halves(300, 200).toColourspace('rgb16').png().toBuffer(),
      await halves(300, 200).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(),
      await halves(300, 200).toColourspace('rgb16').withIccProfile('p3').png().toBuffer(),
      await halves(300, 200).withIccProfile('srgb').png().toBuffer(),
      await halves(300, 200).toColourspace('rgb16').withIccProfile('p3').tiff().toBuffer(),
    ]
    for (const source of sources) {
      const { bytes } = fileOf(await pipeline.render(source), 'small', 'jpeg')
      expect(await sharp(bytes).metadata()).toMatchObject({ space: 'srgb', channels: 3, depth: 'uchar' })
      const seen = await coloursAt(bytes, [
        [50, 100],
        [250, 100],
      ])
      expect(farthest(seen[0], red)).toBeLessThan(6)
      expect(farthest(seen[1], blue)).toBeLessThan(6)
    }
  })

  it('are converted to sRGB from CMYK, with a profile and without', async () => {
    const skin = { r: 150, g: 110, b: 90 }
    const ink = (): Sharp => sharp({ create: { width: 60, height: 40, channels: 3, background: skin } })
    for (const source of [ink().withIccProfile('cmyk'), ink()]) {
      const rendered = await pipeline.render(await source.toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer())
      const { bytes } = fileOf(rendered, 'small', 'jpeg')
      expect(await sharp(bytes).metadata()).toMatchObject({ space: 'srgb', channels: 3 })
      // A conversion to CMYK and back is only as exact as the profile.
      expect(farthest((await coloursAt(bytes, [[30, 20]]))[0], skin)).toBeLessThan(25)
    }
  })

  it('are treated as sRGB if the profile is invalid', async () => {
    const { icc } = await sharp(await halves(300, 200).withIccProfile('p3').png().toBuffer()).metadata()
    const at = (source: Buffer): number => source.indexOf(icc?.subarray(0, 40) ?? '')
    const tagged = await halves(300, 200).withIccProfile('p3').tiff().toBuffer()
    for (const [from, to] of [
      [132, 300],
      [20, 60],
      [160, 479],
    ] as const) {
      const source = Buffer.from(tagged).fill(0xff, at(tagged) + from, at(tagged) + to)
      const rendered = await pipeline.render(source)
      const [left] = await coloursAt(fileOf(rendered, 'small', 'jpeg').bytes, [[50, 100]])
      // The values in the file: red in Display P3.
      expect(farthest(left, { r: 202, g: 53, b: 43 })).toBeLessThan(8)
    }
  })

  it('are those of CMYK without a profile if the profile of CMYK is invalid', async () => {
    const ink = sharp({ create: { width: 60, height: 40, channels: 3, background: { r: 150, g: 110, b: 90 } } })
    const source = await ink.withIccProfile('cmyk').toColourspace('cmyk').tiff().toBuffer()
    const table = source.indexOf('A2B0', source.indexOf('acsp'))
    const invalid = Buffer.from(source)
    // The kind of the tables of perceptual colours.
    invalid.write('junk', source.indexOf('acsp') - 36 + source.readUInt32BE(table + 4))
    const [found, expected] = await Promise.all(
      [invalid, await ink.toColourspace('cmyk').tiff().toBuffer()].map(async (file) => {
        const { bytes } = fileOf(await pipeline.render(file), 'small', 'jpeg')
        return (await coloursAt(bytes, [[30, 20]]))[0]
      }),
    )
    expect(found).toEqual(expected)
  })

  it('follow the colour codes of an AVIF', async () => {
    const avif = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'rgb(200, 100, 60)' } })
      .avif({ lossless: true, effort: 0 })
      .toBuffer()
    const codes = avif.indexOf('nclx') + 4
    avif.writeUInt16BE(DISPLAY_P3, codes)
    const { bytes } = fileOf(await pipeline.render(avif), 'small', 'jpeg')
    // Calculated from the primaries (SMPTE EG 432-1, IEC 61966-2-1).
    expect(farthest((await coloursAt(bytes, [[32, 32]]))[0], { r: 215, g: 93, b: 47 })).toBeLessThan(6)
  })

  it('stay grey, with 8 bits and with 16, with alpha and without', async () => {
    for (const depth of ['b-w', 'grey16'] as const) {
      const grey = (): Sharp => sharp({ create: { width: 60, height: 40, channels: 3, background: '#5a5a5a' } })
      const plain = await pipeline.render(await grey().toColourspace(depth).png().toBuffer())
      const [seen] = await coloursAt(fileOf(plain, 'small', 'jpeg').bytes, [[30, 20]])
      expect(farthest(seen, { r: 90, g: 90, b: 90 })).toBeLessThan(3)
      const veiled = await pipeline.render(await grey().ensureAlpha(0.5).toColourspace(depth).png().toBuffer())
      const [through] = await coloursAt(fileOf(veiled, 'small', 'webp').bytes, [[30, 20]])
      expect(farthest(through, { r: 90, g: 90, b: 90 })).toBeLessThan(3)
      expect(through?.alpha).toBeCloseTo(128, -1)
    }
  })

  it('omit channels without a known meaning', async () => {
    const source = tiffOf([200, 100, 60, 128, 77])
    expect((await sharp(source).metadata()).channels).toBe(5)
    const [seen] = await coloursAt(fileOf(await pipeline.render(source), 'small', 'webp').bytes, [[4, 4]])
    expect(farthest(seen, { r: 200, g: 100, b: 60 })).toBeLessThan(6)
    expect(seen?.alpha).toBeCloseTo(128, -1)
  })

  it('keep alpha, in WebP instead of JPEG', async () => {
    const rendered = await pipeline.render(await transparent(800, 600).png().toBuffer())
    expect(rendered.facts.hasAlpha).toBe(true)
    expect(new Set(rendered.files.map(({ format }) => format))).toEqual(new Set(['avif', 'webp']))
    for (const { bytes } of rendered.files) {
      const { channels, isOpaque } = await sharp(bytes).stats()
      expect({ channels: channels.length, isOpaque }).toEqual({ channels: 4, isOpaque: false })
    }
  })
})
