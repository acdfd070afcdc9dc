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
  /** Hundredths of a second. */
  delay?: number
  /** Whether index 2 is transparent. */
  isTransparent?: boolean
  /** Whether the first row contains every index; they have the colour of index 0. */
  hasEveryIndex?: boolean
}

interface Gif {
  codeBits?: number
  canvas?: { width: number; height: number }
}

/** A GIF with a palette of blue at index 1 and red at all others; its codes have `codeBits` bits. */
function gifOf(frames: Frame[], { codeBits = 2, canvas = { width: CANVAS, height: CANVAS } }: Gif = {}): Buffer {
  const palette = Buffer.concat(Array.from({ length: 2 ** codeBits }, () => Buffer.from([255, 0, 0])))
  palette.set([0, 0, 255], 3)
  const word = (value: number): number[] => [value & 0xff, value >> 8]
  const parts: Buffer[] = [
    Buffer.from('GIF89a', 'latin1'),
    Buffer.from([...word(canvas.width), ...word(canvas.height), 0x80 | (codeBits - 1), 0, 0]),
    palette,
    Buffer.from('\x21\xff\x0bNETSCAPE2.0\x03\x01\x04\0\0', 'latin1'),
  ]
  for (const frame of frames) {
    const { left, top, side, disposal = 0, hasControl = true, delay = 10, isTransparent = false } = frame
    const flags = (disposal << 2) | (isTransparent ? 1 : 0)
    if (hasControl) parts.push(Buffer.from([0x21, 0xf9, 4, flags, delay, 0, 2, 0]))
    parts.push(Buffer.from([0x2c, left, 0, top, 0, side, 0, side, 0, 0, codeBits]), dataOf(frame, codeBits))
  }
  return Buffer.concat([...parts, Buffer.from([0x3b])])
}

/** LZW without compression: a clear code before each index. */
function dataOf({ colour, side, hasEveryIndex = false }: Frame, codeBits: number): Buffer {
  const clear = 2 ** codeBits
  const indices = Array.from({ length: side * side }, (_, at) =>
    hasEveryIndex && at < clear && at !== 1 ? at : colour,
  )
  if (hasEveryIndex) indices[side * side - 1] = 1
  const codes = [...indices.flatMap((index) => [clear, index]), clear + 1]
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
  async function render(bytes: Buffer, { width, height } = { width: CANVAS, height: CANVAS }) {
    const path = join(folder, 'picture.gif')
    writeFileSync(path, bytes)
    const presets = defaultPresets.filter(({ name }) => name === 'xlarge')
    const { facts, files } = await renderPicture({ path, presets, focalPoint: null, limits })
    const webp = files.find(({ format }) => format === 'webp')?.bytes
    const pixels = webp && (await sharp(webp, { animated: true }).ensureAlpha().raw().toBuffer())
    const at = (frame: number, x: number, y: number) => {
      const start = ((frame * height + y) * width + x) * 4
      const [red = 0, green = 0, blue = 0, alpha = 0] = pixels?.subarray(start, start + 4) ?? []
      // WebP loses some of the colours.
      return alpha === 0 ? NOTHING : [red, green, blue, alpha].map((value) => (value > 127 ? 255 : 0))
    }
    const { delay, loop, pages = 1 } = webp ? await sharp(webp).metadata() : {}
    return { facts, at, delay, loop, pages }
  }

  it.each([
    ['with few colours', 2, true],
    ['with few colours and without a control block', 2, false],
    ['with 256 colours', 8, true],
    ['with 256 colours and without a control block', 8, false],
  ])('are transparent around a single small frame %s', async (_name, codeBits, hasControl) => {
    const { facts, at } = await render(gifOf([{ left: 10, top: 10, side: 20, colour: 0, hasControl }], { codeBits }))
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

  it('are transparent where the canvas before the first frame was restored', async () => {
    const frames = [
      { left: 0, top: 0, side: CANVAS, colour: 0, disposal: 3 },
      { left: 0, top: 0, side: 20, colour: 1, disposal: 1 },
    ] as const
    const { facts, at } = await render(gifOf([...frames]))
    expect(facts.hasAlpha).toBe(true)
    expect([at(0, 30, 30), at(1, 5, 5), at(1, 30, 30)]).toEqual([RED, BLUE, NOTHING])
  })

  it('are transparent where an opaque frame was cleared, beside frames with a transparent colour', async () => {
    const frames = [
      { left: 0, top: 0, side: CANVAS, colour: 0, disposal: 1 },
      { left: 10, top: 10, side: 20, colour: 1, disposal: 2 },
      { left: 0, top: 0, side: 6, colour: 1, disposal: 1, isTransparent: true },
    ] as const
    const { facts, at } = await render(gifOf([...frames]))
    expect(facts).toMatchObject({ hasAlpha: true, pages: 3 })
    expect([at(0, 20, 20), at(1, 20, 20), at(2, 20, 20)]).toEqual([RED, BLUE, NOTHING])
    expect([at(1, 36, 36), at(2, 36, 36), at(2, 3, 3)]).toEqual([RED, RED, BLUE])
  })

  it.each([
    ['contains all 256 colours', true],
    ['has 256 colours, of which one does not occur', false],
  ])('are transparent where a frame was cleared that %s', async (_name, hasEveryIndex) => {
    const frames = [
      { left: 10, top: 10, side: 20, colour: 0, disposal: 2, hasEveryIndex },
      { left: 0, top: 0, side: 20, colour: 0, disposal: 2, hasEveryIndex },
      { left: 20, top: 20, side: 20, colour: 1, disposal: 2 },
    ] as const
    const { at } = await render(gifOf([...frames], { codeBits: 8 }))
    expect([at(0, 20, 20), at(0, 3, 3), at(1, 5, 15), at(1, 25, 25)]).toEqual([RED, NOTHING, RED, NOTHING])
    expect([at(2, 15, 15), at(2, 30, 30)]).toEqual([NOTHING, BLUE])
  })

  it('are transparent on the whole screen, also when libvips does not believe in its size', async () => {
    const canvas = { width: 640, height: 480 }
    const bytes = gifOf([{ left: 10, top: 10, side: 20, colour: 0 }], { canvas })
    const { facts, at } = await render(bytes, canvas)
    expect(facts).toMatchObject({ ...canvas, hasAlpha: true, animated: false, pages: 1 })
    expect([at(0, 20, 20), at(0, 5, 5), at(0, 600, 400)]).toEqual([RED, NOTHING, NOTHING])
  })

  it('change neither the number of the frames nor their times and loops', async () => {
    const frames = [
      { left: 10, top: 10, side: 20, colour: 0, delay: 7 },
      { left: 0, top: 0, side: 10, colour: 1, hasControl: false },
      { left: 0, top: 0, side: 10, colour: 0, delay: 30 },
    ] as const
    const changed = await render(gifOf([...frames]))
    expect(changed.facts).toMatchObject({ pages: 3, animated: true, hasAlpha: true })
    expect(changed).toMatchObject({ pages: 3, delay: [70, 100, 300], loop: 5 })
    const whole = { left: 0, top: 0, side: CANVAS, colour: 0 } as const
    const unchanged = await render(gifOf([whole, ...frames.slice(1)]))
    expect(unchanged.facts).toMatchObject({ pages: 3, hasAlpha: false })
    expect(unchanged).toMatchObject({ pages: 3, delay: [100, 100, 300], loop: 5 })
  })

  it('do not exist where two frames cover the canvas before they are shown', async () => {
    const frames = [
      { left: 0, top: 0, side: CANVAS, colour: 0, disposal: 2 },
      { left: 0, top: 0, side: CANVAS, colour: 1, disposal: 2 },
    ] as const
    const { facts, at } = await render(gifOf([...frames]))
    expect(facts.hasAlpha).toBe(false)
    expect([at(0, 20, 20), at(1, 20, 20)]).toEqual([RED, BLUE])
  })

  it('do not exist when every frame covers the canvas', async () => {
    const { facts } = await render(gifOf([{ left: 0, top: 0, side: CANVAS, colour: 0 }]))
    expect(facts.hasAlpha).toBe(false)
  })
})
