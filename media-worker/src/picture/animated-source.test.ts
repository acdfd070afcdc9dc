import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import sharp, { type Sharp } from 'sharp'

import { blue, framesOf, green, near, red, type Pixel } from '../../tests/animated-frames.ts'
import { apngOf } from '../../tests/apng-writer.ts'
import { fileOf, openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import { pngChunk } from './png-chunks.ts'

const yellow: Pixel = [240, 220, 60, 255]
const stored = { width: 400, height: 200 }
const delay = [120, 300, 70]
/** The colours of the quarters of each frame as stored, from the top left to the bottom right. */
const frames: Pixel[][] = [
  [red, green, blue, yellow],
  [green, blue, yellow, red],
  [blue, yellow, red, green],
]
/** The stored quarters that are at the top left, top right, bottom left and bottom right (Exif 2.32, 4.6.4). */
const shown: Record<number, [number, number, number, number]> = {
  1: [0, 1, 2, 3],
  2: [1, 0, 3, 2],
  3: [3, 2, 1, 0],
  4: [2, 3, 0, 1],
  5: [0, 2, 1, 3],
  6: [2, 0, 3, 1],
  7: [3, 1, 2, 0],
  8: [1, 3, 0, 2],
}

function samplesOf(quarters: Pixel[]): Buffer {
  const { width, height } = stored
  const samples = Buffer.alloc(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const quarter = (x < width / 2 ? 0 : 1) + (y < height / 2 ? 0 : 2)
      samples.set(quarters[quarter] ?? [], (y * width + x) * 4)
    }
  }
  return samples
}

function webpOf(orientation: number): Promise<Buffer> {
  const raw = { ...stored, height: stored.height * frames.length, channels: 4 as const, pageHeight: stored.height }
  const film: Sharp = sharp(Buffer.concat(frames.map(samplesOf)), { raw, animated: true })
  return film.withMetadata({ orientation }).webp({ lossless: true, delay, loop: 4 }).toBuffer()
}

function apngWith(orientation: number): Buffer {
  // TIFF 6.0: one directory with the tag Orientation.
  const exif = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex')
  exif[19] = orientation
  return apngOf({
    ...stored,
    frames: frames.map((quarters, index) => ({ samples: samplesOf(quarters), delay: [delay[index] ?? 0, 1_000] })),
    plays: 4,
    before: [pngChunk('eXIf', exif)],
  })
}

describe.each<[string, (orientation: number) => Buffer | Promise<Buffer>]>([
  ['WebP', webpOf],
  ['PNG', apngWith],
])('an animated %s', (_, write) => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('with orientation %i is turned in every frame and size', async (orientation) => {
    const presets: Preset[] = defaultPresets.map((preset) => ({ ...preset, formats: ['webp', 'gif'] }))
    const rendered = await pipeline.render(await write(orientation), { presets, focalPoint: { x: 0.5, y: 0.5 } })
    const upright = orientation < 5 ? stored : { width: stored.height, height: stored.width }
    expect(rendered.facts).toMatchObject({ ...upright, animated: true, pages: 3 })
    const expected = frames.map((quarters) => shown[orientation]?.map((quarter) => near(quarters[quarter] ?? [])))
    const places: [number, number][] = [
      [0.25, 0.25],
      [0.75, 0.25],
      [0.25, 0.75],
      [0.75, 0.75],
    ]
    for (const { bytes, width, height } of rendered.files) {
      expect(await sharp(bytes).metadata()).toMatchObject({ width, height, pages: 3, delay, loop: 4 })
      expect(await framesOf(bytes, places)).toEqual(expected)
    }
    expect(fileOf(rendered, 'xlarge', 'webp')).toMatchObject(upright)
    expect(fileOf(rendered, 'thumb', 'webp')).toMatchObject({ width: 200, height: 200 })
  })

  it('that is turned is cropped around the focal point of the upright picture', async () => {
    const rendered = await pipeline.render(await write(6), { focalPoint: { x: 0.5, y: 0 } })
    // The upper half: the left quarters as stored.
    const frame = (first: Pixel, second: Pixel): unknown[] => [near(first), near(second)]
    expect(await framesOf(fileOf(rendered, 'thumb', 'webp').bytes)).toEqual([
      frame(blue, red),
      frame(yellow, green),
      frame(red, blue),
    ])
  })

  it('that is turned takes its dominant colour and preview from the first frame', async () => {
    const { facts } = await pipeline.render(await write(6))
    const still = await sharp(samplesOf(frames[0] ?? []), { raw: { ...stored, channels: 4 } })
      .rotate(90)
      .png()
      .toBuffer()
    const { thumbhash } = (await pipeline.render(still)).facts
    expect(facts.thumbhash.slice(0, 8)).toBe(thumbhash.slice(0, 8))
    expect(facts.dominantColor).toMatch(/^#(dc2828|28c83c|283cdc|f0dc3c)$/)
  })
})
