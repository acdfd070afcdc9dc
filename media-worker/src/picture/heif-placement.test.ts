import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp from 'sharp'

import {
  coloursAt,
  farthest,
  fileOf,
  limits,
  openPipeline,
  type PipelineUnderTest,
} from '../../tests/drawn-pictures.ts'
import { heifOf } from '../../tests/heif-boxes.ts'
import { clap, edited, imir, irot, type HeifEdits } from '../../tests/heif-edits.ts'

const red = { r: 0xdc, g: 0x28, b: 0x28 }
const green = { r: 0x28, g: 0xc8, b: 0x3c }
const blue = { r: 0x28, g: 0x3c, b: 0xdc }
const yellow = { r: 0xf0, g: 0xdc, b: 0x3c }
type Colour = typeof red
/** The colours of the quarters, from the top left to the bottom right. */
type Quarters = [Colour, Colour, Colour, Colour]

const WIDTH = 240
const HEIGHT = 160
const fixture = (name: string): Buffer => readFileSync(new URL(`../../tests/fixtures/${name}.heic`, import.meta.url))
const heic = fixture('quarters')
/** With an alpha of 128 in the right half. */
const heicWithAlpha = fixture('quarters-alpha')

/** 120 × 100 pixels around the centre, 20 pixels further to the left and 10 further up. */
const cropped = clap([120, 1], [100, 1], [-40, 2], [-20, 2])
/** The same region for a picture of 160 × 240 that was rotated by 90° anticlockwise. */
const croppedTurned = clap([100, 1], [120, 1], [-10, 1], [20, 1])

describe('the clean aperture of a HEIC or AVIF', () => {
  let pipeline: PipelineUnderTest
  let avif: Buffer
  let avifWithAlpha: Buffer
  beforeAll(async () => {
    pipeline = await openPipeline()
    const raw = { width: WIDTH, height: HEIGHT, channels: 4 as const }
    const picture = sharp(drawn(), { raw })
    const options = { quality: 90, chromaSubsampling: '4:4:4', effort: 2 }
    avifWithAlpha = await picture.avif(options).toBuffer()
    avif = await picture.clone().removeAlpha().avif(options).toBuffer()
  })
  afterAll(() => pipeline.close())

  /** Checks the colours of the quarters, and that the facts agree. */
  const expectQuarters = async (
    file: Buffer,
    size: { width: number; height: number },
    quarters: Quarters,
    alphas: number[] = [255, 255, 255, 255],
  ): Promise<void> => {
    const rendered = await pipeline.render(file)
    expect(rendered.facts).toMatchObject({ ...size, hasAlpha: alphas.some((alpha) => alpha < 255), animated: false })
    const { bytes, width, height } = fileOf(rendered, 'xlarge', 'avif')
    expect({ width, height }).toEqual(size)
    const at = (x: number, y: number): [number, number] => [Math.floor(x * width), Math.floor(y * height)]
    const seen = await coloursAt(bytes, [at(0.2, 0.2), at(0.8, 0.2), at(0.2, 0.8), at(0.8, 0.8)])
    for (const [index, colour] of quarters.entries()) {
      expect(farthest(seen[index], colour)).toBeLessThan(9)
      expect(Math.abs((seen[index]?.alpha ?? 0) - (alphas[index] ?? 0))).toBeLessThan(9)
    }
  }

  const lying = { width: 120, height: 100 }
  const standing = { width: 100, height: 120 }
  it.each<[string, Buffer[], { width: number; height: number }, Quarters]>([
    ['alone', [cropped], lying, [red, green, blue, yellow]],
    ['before a rotation', [cropped, irot(1)], standing, [green, yellow, red, blue]],
    ['after a rotation', [irot(1), croppedTurned], standing, [green, yellow, red, blue]],
    ['before a mirroring', [cropped, imir(1)], lying, [green, red, yellow, blue]],
    ['between a mirroring and a rotation', [imir(0), cropped, irot(3)], standing, [red, blue, green, yellow]],
    ['after a mirroring and a rotation', [imir(1), irot(1), croppedTurned], standing, [red, blue, green, yellow]],
    ['after a rotation and a mirroring', [irot(1), imir(1), croppedTurned], standing, [yellow, green, blue, red]],
    ['twice', [clap([200, 1], [150, 1]), clap([120, 1], [100, 1])], lying, [red, green, blue, yellow]],
  ])('%s, shows the same region', async (_, boxes, size, quarters) => {
    await expectQuarters(edited(heic, { properties: { 1: boxes } }), size, quarters)
    await expectQuarters(edited(avif, { properties: { 1: boxes } }), size, quarters)
  })

  it.each<[string, Buffer, { width: number; height: number }]>([
    ['a tenth of the picture', clap([24, 1], [16, 1]), { width: 24, height: 16 }],
    ['fractions', clap([481, 4], [201, 2], [-79, 2], [-1, 3]), { width: 120, height: 101 }],
    ['more than the picture', clap([400, 1], [300, 1]), { width: WIDTH, height: HEIGHT }],
  ])('of %s is rounded and stays inside', async (_, box, size) => {
    await expect(pipeline.render(edited(heic, { properties: { 1: [box] } }))).resolves.toMatchObject({ facts: size })
    await expect(pipeline.render(edited(avif, { properties: { 1: [box] } }))).resolves.toMatchObject({ facts: size })
  })

  it('begins at the pixel that its fractions say', async () => {
    // From column 110 and row 70: the four quarters meet after ten columns and ten rows.
    const box = clap([40, 1], [30, 1], [20, 2], [10, 2])
    const rendered = await pipeline.render(edited(heic, { properties: { 1: [box] } }))
    const { bytes } = fileOf(rendered, 'xlarge', 'avif')
    const [before, after] = await coloursAt(bytes, [
      [6, 6],
      [14, 14],
    ])
    expect([farthest(before, red) < 16, farthest(after, yellow) < 16]).toEqual([true, true])
  })

  it('of a picture in tiles is applied too', async () => {
    const [orange, black] = [fixture('orange'), fixture('black')]
    const grid = heifOf({ tiles: [orange, black, black, orange], columns: 2 })
    const rendered = await pipeline.render(
      edited(grid, { properties: { 5: [clap([50, 1], [60, 1], [39, 1], [34, 1])] } }),
    )
    expect(rendered.facts).toMatchObject({
      width: 50,
      height: 60,
      dominantColor: expect.stringMatching(/^#c[5-9]6[0-9]3/),
    })
  })

  it('of an item that shows another one is applied after that of the other one', async () => {
    const edits: HeifEdits = {
      properties: { 1: [irot(1), croppedTurned] },
      shownBy: [clap([80, 1], [110, 1]), imir(0)],
    }
    await expectQuarters(edited(heic, edits), { width: 80, height: 110 }, [red, blue, green, yellow])
  })

  it.each([
    ['zero', clap([0, 1], [100, 1])],
    ['a denominator of zero', clap([120, 0], [100, 1])],
    ['a region beside the picture', clap([10, 1], [10, 1], [300, 1], [0, 1])],
  ])('of %s is corrupt', async (_, box) => {
    expect(await pipeline.codeOf(edited(heic, { properties: { 1: [box] } }))).toBe('corrupt-image')
    expect(await pipeline.codeOf(edited(avif, { properties: { 1: [box] } }))).toBe('corrupt-image')
  })

  it('does not hide pixels from the limits', async () => {
    for (const file of [heic, avif]) {
      const small = edited(file, { properties: { 1: [clap([10, 1], [10, 1])] } })
      expect(await pipeline.codeOf(small, { limits: { ...limits, maxPixels: WIDTH * HEIGHT - 1 } })).toBe(
        'too-many-pixels',
      )
      expect(await pipeline.codeOf(small, { limits: { ...limits, maxSide: WIDTH - 1 } })).toBe('side-too-long')
    }
  })

  describe('and the other transformations apply to alpha,', () => {
    const boxes = [cropped, irot(1)]
    it.each<[string, Record<number, Buffer[]>]>([
      ['which has the same ones', { 1: boxes, 2: boxes }],
      ['which has none', { 1: boxes }],
      ['which has only one of them', { 1: boxes, 2: [irot(1)] }],
    ])('%s', async (_, properties) => {
      for (const file of [heicWithAlpha, avifWithAlpha]) {
        await expectQuarters(edited(file, { properties }), standing, [green, yellow, red, blue], [128, 128, 255, 255])
      }
    })

    it('also without a clean aperture', async () => {
      const turned = { width: HEIGHT, height: WIDTH }
      for (const file of [heicWithAlpha, avifWithAlpha]) {
        for (const properties of [{ 1: [irot(1)] }, { 1: [irot(1)], 2: [irot(1)] }]) {
          await expectQuarters(edited(file, { properties }), turned, [green, yellow, red, blue], [128, 128, 255, 255])
        }
      }
    })
  })
})

/** The four quarters, with an alpha of 128 in the right half. */
function drawn(): Buffer {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 4)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const isRight = x >= WIDTH / 2
      const [above, below] = isRight ? [green, yellow] : [red, blue]
      const { r, g, b } = y < HEIGHT / 2 ? above : below
      pixels.set([r, g, b, isRight ? 128 : 255], (y * WIDTH + x) * 4)
    }
  }
  return pixels
}
