import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'
import sharp from 'sharp'

import { renderPicture } from './image-pipeline.ts'

const WIDTH = 240
const HEIGHT = 160
const limits = { maxPixels: 100e6, maxSide: 20_000, maxFrames: 200, maxOutputBytes: 2 ** 30 }

describe('A picture that comes out in one colour', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'likeness-colours-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function outcomeOf(bytes: Buffer): Promise<string> {
    const path = join(folder, 'picture')
    writeFileSync(path, bytes)
    try {
      await renderPicture({ path, presets: defaultPresets, focalPoint: null, limits })
      return 'ready'
    } catch (error) {
      return (error as { code?: string }).code ?? String(error)
    }
  }

  /** 16 bits; the value of each pixel by its position. */
  function grey16(value: (x: number, y: number) => number): Promise<Buffer> {
    const pixels = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, at) => value(at % WIDTH, Math.floor(at / WIDTH)))
    return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer()
  }

  /** 8 bits; the value of each channel of each pixel by its position. */
  function rgba(value: (x: number, y: number) => [number, number, number, number]): Promise<Buffer> {
    const pixels = Buffer.from(
      Array.from({ length: WIDTH * HEIGHT }, (_, at) => value(at % WIDTH, Math.floor(at / WIDTH))).flat(),
    )
    return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
      .png()
      .toBuffer()
  }

  it('although its samples differ fails', async () => {
    expect(await outcomeOf(await grey16((x) => (x < WIDTH / 2 ? 0 : 100)))).toBe('colours-lost')
  })

  it('and has one colour is ready, opaque or not', async () => {
    expect(await outcomeOf(await grey16(() => 30_000))).toBe('ready')
    expect(await outcomeOf(await rgba(() => [200, 100, 50, 255]))).toBe('ready')
    expect(await outcomeOf(await rgba(() => [200, 100, 50, 128]))).toBe('ready')
  })

  it('and has two colours that nobody can tell apart is ready', async () => {
    expect(await outcomeOf(await grey16((x) => (x < WIDTH / 2 ? 30_000 : 30_010)))).toBe('ready')
  })

  it('and has a single dot of another colour is ready', async () => {
    expect(await outcomeOf(await grey16((x, y) => (x === 20 && y === 20 ? 0 : 65_535)))).toBe('ready')
    expect(await outcomeOf(await rgba((x, y) => (x === 20 && y === 20 ? [0, 0, 0, 255] : [255, 255, 255, 255])))).toBe(
      'ready',
    )
  })

  it('and is transparent everywhere is ready, whatever its hidden colours are', async () => {
    expect(await outcomeOf(await rgba((x) => [x % 256, 0, 0, 0]))).toBe('ready')
  })
})
