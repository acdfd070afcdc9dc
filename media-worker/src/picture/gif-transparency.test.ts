import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'
import sharp from 'sharp'

import { renderPicture } from './image-pipeline.ts'

const CANVAS = 40
const limits = { maxPixels: 100e6, maxSide: 20_000, maxFrames: 200, maxOutputBytes: 2 ** 30 }
const RED = [255, 0, 0, 255]
const BLUE = [0, 0, 255, 255]
const NOTHING = [0, 0, 0, 0]

interface Frame {
  left: number
  top: number
  side: number
  colour: 0 | 1
  disposal?: number
  hasControl?: boolean
}

/** A GIF with a palette of red and blue, one colour for each frame; its codes have `codeBits` bits. */
function gifOf(frames: Frame[], codeBits = 2): Buffer {
  const palette = Buffer.alloc(3 * 2 ** codeBits)
  palette.set([255, 0, 0, 0, 0, 255])
  const parts: Buffer[] = [
    Buffer.from('GIF89a', 'latin1'),
    Buffer.from([CANVAS, 0, CANVAS, 0, 0x80 | (codeBits - 1), 0, 0]),
    palette,
  ]
  for (const { left, top, side, colour, disposal = 0, hasControl = true } of frames) {
    if (hasControl) parts.push(Buffer.from([0x21, 0xf9, 4, disposal << 2, 10, 0, 0, 0]))
    parts.push(Buffer.from([0x2c, left, 0, top, 0, side, 0, side, 0, 0, codeBits]), dataOf(colour, side, codeBits))
  }
  return Buffer.concat([...parts, Buffer.from([0x3b])])
}

/** LZW without compression: a clear code before each index. */
function dataOf(colour: number, side: number, codeBits: number): Buffer {
  const clear = 2 ** codeBits
  const codes = [...Array.from({ length: side * side }, () => [clear, colour]).flat(), clear + 1]
  const bits = codes.flatMap((code) => Array.from({ length: codeBits + 1 }, (_, bit) => (code >> bit) & 1))
  const bytes = Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((byte, bit, place) => byte | (bit << place), 0),
  )
  const blocks: number[] = []
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255)
    blocks.push(block.length, ...block)
  }
  return Buffer.from([...blocks, 0])
}

describe('The areas of a GIF that no frame covers', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'likeness-gif-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** The pixels of each frame at points of the canvas, in WebP. */
  async function render(bytes: Buffer) {
    const path = join(folder, 'picture.gif')
    writeFileSync(path, bytes)
    const presets = defaultPresets.filter(({ name }) => name === 'xlarge')
    const { facts, files } = await renderPicture({ path, presets, focalPoint: null, limits })
    const webp = files.find(({ format }) => format === 'webp')?.bytes
    const pixels = webp && (await sharp(webp, { animated: true }).ensureAlpha().raw().toBuffer())
    const at = (frame: number, x: number, y: number) => {
      const start = ((frame * CANVAS + y) * CANVAS + x) * 4
      const [red = 0, green = 0, blue = 0, alpha = 0] = pixels?.subarray(start, start + 4) ?? []
      // WebP loses some of the colours.
      return alpha === 0 ? NOTHING : [red, green, blue, alpha].map((value) => (value > 127 ? 255 : 0))
    }
    return { facts, at }
  }

  it.each([
    ['with few colours', 2, true],
    ['with few colours and without a control block', 2, false],
    ['with 256 colours', 8, true],
    ['with 256 colours and without a control block', 8, false],
  ])('are transparent around a single small frame %s', async (_name, codeBits, hasControl) => {
    const { facts, at } = await render(gifOf([{ left: 10, top: 10, side: 20, colour: 0, hasControl }], codeBits))
    expect(facts).toMatchObject({ hasAlpha: true, animated: false, width: CANVAS, height: CANVAS })
    expect([at(0, 20, 20), at(0, 3, 3), at(0, 36, 36)]).toEqual([RED, NOTHING, NOTHING])
  })

  it('are transparent in an animation whose first frame is small', async () => {
    const frames = [
      { left: 10, top: 10, side: 20, colour: 0, disposal: 1 },
      { left: 0, top: 0, side: 10, colour: 1, disposal: 1 },
    ] as const
    const { facts, at } = await render(gifOf([...frames]))
    expect(facts).toMatchObject({ hasAlpha: true, animated: true, pages: 2 })
    expect([at(0, 20, 20), at(0, 5, 5), at(0, 36, 36)]).toEqual([RED, NOTHING, NOTHING])
    expect([at(1, 20, 20), at(1, 5, 5), at(1, 36, 36)]).toEqual([RED, BLUE, NOTHING])
  })

  it('are transparent where a frame was disposed to the background', async () => {
    const frames = [
      { left: 0, top: 0, side: CANVAS, colour: 0, disposal: 2 },
      { left: 0, top: 0, side: 20, colour: 1, disposal: 1 },
    ] as const
    const { facts, at } = await render(gifOf([...frames]))
    expect(facts.hasAlpha).toBe(true)
    expect([at(0, 30, 30), at(1, 5, 5), at(1, 30, 30)]).toEqual([RED, BLUE, NOTHING])
  })

  it('do not exist when every frame covers the canvas', async () => {
    const { facts } = await render(gifOf([{ left: 0, top: 0, side: CANVAS, colour: 0 }]))
    expect(facts.hasAlpha).toBe(false)
  })
})
