import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp, { type Sharp } from 'sharp'

import { coloursAt, farthest, fileOf, openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import { clap, edited, irot, type HeifEdits } from '../../tests/heif-edits.ts'

const green = { r: 0x28, g: 0xc8, b: 0x3c }
const yellow = { r: 0xf0, g: 0xdc, b: 0x3c }
const multiplied: HeifEdits = { references: [{ type: 'prem', from: 1, to: 2 }] }

/** Green above yellow, with the same alpha everywhere and colours that are multiplied by it. */
function drawn(width: number, height: number, alpha: number): Sharp {
  const pixels = Buffer.alloc(width * height * 4)
  for (let y = 0; y < height; y++) {
    const { r, g, b } = y < height / 2 ? green : yellow
    const pixel = [...[r, g, b].map((part) => Math.round((part * alpha) / 255)), alpha]
    for (let x = 0; x < width; x++) pixels.set(pixel, (y * width + x) * 4)
  }
  return sharp(pixels, { raw: { width, height, channels: 4 } })
}

describe('colours that are multiplied by alpha', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const expectColours = async (file: Buffer, alpha: number, within = 9): Promise<void> => {
    const rendered = await pipeline.render(file)
    expect(rendered.facts.hasAlpha).toBe(true)
    for (const format of ['avif', 'webp']) {
      const { bytes, width, height } = fileOf(rendered, 'small', format)
      const [above, below] = await coloursAt(bytes, [
        [Math.floor(width / 2), Math.floor(height / 4)],
        [Math.floor(width / 2), Math.floor((height * 3) / 4)],
      ])
      expect(farthest(above, green)).toBeLessThan(within)
      expect(farthest(below, yellow)).toBeLessThan(within)
      expect([above?.alpha, below?.alpha]).toEqual([expect.closeTo(alpha, -1), expect.closeTo(alpha, -1)])
    }
  }

  const options = { quality: 95, chromaSubsampling: '4:4:4', effort: 2 }

  it.each([
    ['128', 240, 160, 128, 9],
    ['64', 240, 160, 64, 12],
    ['200, scaled down', 480, 320, 200, 9],
  ])('are divided in an AVIF with an alpha of %s', async (_, width, height, alpha, within) => {
    const avif = await drawn(width, height, alpha).avif(options).toBuffer()
    await expectColours(edited(avif, multiplied), alpha, within)
  })

  it('are divided in an AVIF with a colour profile before they are converted', async () => {
    const avif = await drawn(240, 160, 128).withIccProfile('p3').avif(options).toBuffer()
    await expectColours(edited(avif, multiplied), 128, 12)
  })

  it('are divided in an AVIF that is cropped and rotated', async () => {
    const avif = await drawn(240, 160, 128).avif(options).toBuffer()
    const boxes = [clap([120, 1], [100, 1]), irot(2), irot(2)]
    await expectColours(edited(avif, { ...multiplied, properties: { 1: boxes } }), 128)
  })

  it('stay as they are in an AVIF that does not say so', async () => {
    const avif = await drawn(240, 160, 128).avif(options).toBuffer()
    const { bytes } = fileOf(await pipeline.render(avif), 'large', 'webp')
    const [above] = await coloursAt(bytes, [[120, 40]])
    expect(farthest(above, { r: 0x14, g: 0x64, b: 0x1e })).toBeLessThan(9)
  })

  it('are divided in a HEIC that is cropped', async () => {
    const heic = readFileSync(new URL('../../tests/fixtures/multiplied.heic', import.meta.url))
    const boxes = [clap([20, 1], [30, 1], [12, 1], [0, 1])]
    const rendered = await pipeline.render(edited(heic, { properties: { 1: boxes } }))
    expect(rendered.facts).toMatchObject({ width: 20, height: 30, hasAlpha: true })
    const [seen] = await coloursAt(fileOf(rendered, 'large', 'webp').bytes, [[10, 15]])
    expect(farthest(seen, { r: 200, g: 100, b: 60 })).toBeLessThan(9)
    expect(seen?.alpha).toBeCloseTo(128, -1)
  })
})
