import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { defaultPresets } from '@likeness/media-jobs'
import sharp, { type Sharp } from 'sharp'

import { renderPicture } from '../src/picture/image-pipeline.ts'
import { PictureError } from '../src/picture/picture-error.ts'
import type { PictureRequest, RenderedPicture, RenditionFile } from '../src/picture/rendered-picture.ts'

export const limits = { maxPixels: 100_000_000, maxSide: 20_000, maxFrames: 200, maxOutputBytes: 1_073_741_824 }
export const red = { r: 220, g: 30, b: 30 }
export const blue = { r: 30, g: 30, b: 220 }

/** The pipeline for bytes in memory, which it writes to files. */
export interface PipelineUnderTest {
  folder: string
  render(bytes: Buffer, options?: Partial<PictureRequest>): Promise<RenderedPicture>
  /** The code with which the bytes are rejected. */
  codeOf(bytes: Buffer, options?: Partial<PictureRequest>): Promise<string>
  close(): Promise<void>
}

export async function openPipeline(): Promise<PipelineUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-pipeline-'))
  let count = 0
  const render = async (bytes: Buffer, options: Partial<PictureRequest> = {}): Promise<RenderedPicture> => {
    const path = join(folder, `source-${count++}`)
    await writeFile(path, bytes)
    return renderPicture({ path, presets: defaultPresets, focalPoint: null, limits, ...options })
  }
  return {
    folder,
    render,
    codeOf: async (bytes, options = {}) => {
      const error = await render(bytes, options).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      if (!(error instanceof PictureError)) throw new Error('The picture was not rejected', { cause: error })
      return error.code
    },
    close: () => rm(folder, { recursive: true }),
  }
}

export function fileOf({ files }: RenderedPicture, preset: string, format: string): RenditionFile {
  const file = files.find((candidate) => candidate.presets.includes(preset) && candidate.format === format)
  if (!file) throw new Error(`There is no ${preset} in ${format}`)
  return file
}

/** Red on the left, blue on the right. */
export function halves(width: number, height: number): Sharp {
  const right = { create: { width: Math.ceil(width / 2), height, channels: 3 as const, background: blue } }
  const canvas = sharp({ create: { width, height, channels: 3, background: red } })
  return canvas.composite([{ input: right, left: Math.floor(width / 2), top: 0 }]).removeAlpha()
}

export function transparent(width: number, height: number): Sharp {
  const canvas = sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
  const disc = `<svg width="${width}" height="${height}"><circle cx="50%" cy="50%" r="30%" fill="orange"/></svg>`
  return canvas.composite([{ input: Buffer.from(disc) }])
}

/** The transformation from upright to each orientation: a clockwise rotation, then a mirroring. */
const storedAs: Record<number, [number, boolean]> = {
  1: [0, false],
  2: [0, true],
  3: [180, false],
  4: [180, true],
  5: [90, true],
  6: [270, false],
  7: [270, true],
  8: [90, false],
}

/** A picture of 400 × 200 upright pixels, as a camera stores it with this orientation (Exif 2.32, tag 0x0112). */
export async function lying(orientation: number): Promise<Buffer> {
  const top = await halves(400, 100).png().toBuffer()
  const upright = await sharp({ create: { width: 400, height: 200, channels: 3, background: '#000' } })
    .composite([{ input: top, left: 0, top: 0 }])
    .png()
    .toBuffer()
  const [angle = 0, mirrored = false] = storedAs[orientation] ?? []
  const turned = await sharp(upright).rotate(angle).png().toBuffer()
  const stored = await sharp(turned).flop(mirrored).png().toBuffer()
  return sharp(stored).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer()
}

interface Film {
  width: number
  height: number
  frames: number
  delay?: number[]
  /** 0: without end. */
  loop?: number
}

export async function moving({ width, height, frames, delay, loop = 0 }: Film): Promise<Buffer> {
  const stills = Array.from({ length: frames }, (_, index) => {
    const background = { r: Math.round((255 * index) / frames), g: 90, b: 200 }
    return sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer()
  })
  return sharp(await Promise.all(stills), { join: { animated: true } })
    .gif({ delay: delay ?? Array<number>(frames).fill(120), loop })
    .toBuffer()
}

/** A TIFF of 8 × 8 equal pixels: red, green, blue, alpha, and an unspecified channel. */
export function tiffOf(pixel: number[]): Buffer {
  const fields: [number, number, number, number][] = [
    [256, 3, 1, 8],
    [257, 3, 1, 8],
    [258, 3, pixel.length, 200],
    [259, 3, 1, 1],
    [262, 3, 1, 2],
    [273, 4, 1, 256],
    [277, 3, 1, pixel.length],
    [278, 3, 1, 8],
    [279, 4, 1, 64 * pixel.length],
    // Alpha that is not premultiplied, and an unspecified channel.
    [338, 3, 2, 2],
  ]
  const head = Buffer.alloc(256)
  head.write('II*\0\u0008\0\0\0', 'latin1')
  head.writeUInt16LE(fields.length, 8)
  for (const [index, [tag, type, count, value]] of fields.entries()) {
    head.writeUInt16LE(tag, 10 + index * 12)
    head.writeUInt16LE(type, 12 + index * 12)
    head.writeUInt32LE(count, 14 + index * 12)
    head.writeUInt32LE(value, 18 + index * 12)
  }
  for (const index of pixel.keys()) head.writeUInt16LE(8, 200 + index * 2)
  return Buffer.concat([head, ...Array.from({ length: 64 }, () => Buffer.from(pixel))])
}

/** The TIFF, with its last entry replaced by the maker's name. */
export async function named(tiff: Buffer, maker: string): Promise<Buffer> {
  const text = Buffer.from(`${maker}\0`)
  const directory = tiff.readUInt32LE(4)
  const last = directory + 2 + (tiff.readUInt16LE(directory) - 1) * 12
  const changed = Buffer.concat([tiff, text])
  changed.writeUInt16LE(0x01_0f, last)
  changed.writeUInt16LE(2, last + 2)
  changed.writeUInt32LE(text.length, last + 4)
  changed.writeUInt32LE(tiff.length, last + 8)
  return changed
}

export function noise(width: number, height: number): Promise<Buffer> {
  const noisy = {
    width,
    height,
    channels: 3 as const,
    background: '#888',
    noise: { type: 'gaussian' as const, mean: 128, sigma: 40 },
  }
  return sharp({ create: noisy }).png().toBuffer()
}

interface Colour {
  r: number
  g: number
  b: number
}

/** The largest difference of a channel. */
export function farthest(seen: Colour | undefined, expected: Colour): number {
  if (!seen) return 255
  return Math.max(Math.abs(seen.r - expected.r), Math.abs(seen.g - expected.g), Math.abs(seen.b - expected.b))
}

export async function coloursAt(bytes: Buffer, places: [number, number][]): Promise<(Colour & { alpha: number })[]> {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return places.map(([x, y]) => {
    const [r = 0, g = 0, b = 0, alpha = 0] = data.subarray((y * info.width + x) * 4)
    return { r, g, b, alpha }
  })
}
