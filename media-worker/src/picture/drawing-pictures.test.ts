import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp from 'sharp'

import { chrm, cicp, gama, pngOf, type At } from '../../tests/coloured-pngs.ts'
import { openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import {
  alphaAt,
  colourAt,
  expectNear,
  greys,
  light,
  lossless,
  opaque,
  size,
  veiled,
} from '../../tests/four-quarters.ts'

const linear: At = (x, y) => colourAt(x, y).map(light)
const srgb: At = (x, y) => colourAt(x, y).map((byte) => byte / 255)

describe('a picture in a drawing', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  /** The colours in the middle of the quarters. */
  const seen = async (picture: Buffer, type = 'image/png'): Promise<number[][]> => {
    const uri = `data:${type};base64,${picture.toString('base64')}`
    const { width, height } = size
    const image = `<image href="${uri}" width="${width}" height="${height}"/>`
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${image}</svg>`
    const { files, facts } = await pipeline.render(Buffer.from(svg), { presets: lossless })
    expect(facts).toMatchObject({ ...size, format: 'svg' })
    const { data, info } = await sharp(files[0]?.bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    return opaque.map((_, index) => {
      const x = Math.floor(info.width * (index % 2 ? 0.75 : 0.25))
      const y = Math.floor(info.height * (index > 1 ? 0.75 : 0.25))
      return [...data.subarray((y * info.width + x) * 4).subarray(0, 4)]
    })
  }

  it.each([8, 16] as const)('has the colours that a PNG of %i bits declares', async (bits) => {
    const slack = bits === 8 ? 6 : 2
    expectNear(await seen(await pngOf(linear, [gama(1)], { bits })), opaque, slack)
    expectNear(await seen(await pngOf(linear, [cicp(1, 8, 0, 1), gama(0.5)], { bits })), opaque, slack)
    expectNear(
      await seen(await pngOf((x, y) => [...linear(x, y), alphaAt(x) / 255], [gama(1)], { bits })),
      veiled,
      slack,
    )
    expectNear(await seen(await pngOf((x, y) => [light(colourAt(x, y)[0])], [gama(1)], { bits })), greys, slack)
    const usual = [gama(0.45455), chrm(0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)]
    expectNear(await seen(await pngOf(srgb, usual, { bits })), opaque)
  })

  it('is drawn if its URI has the type of another picture, or none', async () => {
    const png = await pngOf(srgb, [])
    for (const type of ['image/jpeg', 'image/x-png', 'IMAGE/PNG', 'application/octet-stream', '']) {
      expectNear(await seen(png, type), opaque)
    }
    const jpeg = await sharp(png).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()
    for (const type of ['image/jpg', 'image/pjpeg', 'image/png']) expectNear(await seen(jpeg, type), opaque, 4)
  })

  it('that contains the beginnings of many others is read once', async () => {
    const uris = `data:;base64,${'data:;base64,'.repeat(200_000)}`
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><image href="${uris}"/></svg>`
    // If each beginning were read to the end of the attribute, this would take hours.
    expect((await pipeline.render(Buffer.from(svg), { presets: lossless })).facts).toMatchObject({
      width: 8,
      height: 8,
    })
  })
})
