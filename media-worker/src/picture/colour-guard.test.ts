import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'
import sharp, { type Sharp } from 'sharp'

import { apngOf, filled } from '../../tests/apng-writer.ts'
import { greyProfile } from '../../tests/grey-profile.ts'
import { heifOf } from '../../tests/heif-boxes.ts'
import { tiffOf } from '../../tests/tiff-writer.ts'
import { profileOf } from './colour-profile.ts'
import { renderPicture } from './image-pipeline.ts'
import { pngChunk } from './png-chunks.ts'

const WIDTH = 240
const HEIGHT = 160
const large = { width: 2_001, height: 1_501 }
const limits = { maxPixels: 100e6, maxSide: 20_000, maxFrames: 200, maxOutputBytes: 2 ** 30 }

/** A profile whose curves are 0 everywhere. */
function faultyProfile(): Buffer {
  const profile = profileOf({ primaries: 9, transfer: 8 }) as Buffer
  // The points of the curves of red, green and blue.
  for (let at = profile.indexOf('curv'); at >= 0; at = profile.indexOf('curv', at + 1))
    profile.fill(0, at + 12, at + 8_204)
  return profile
}

/** An animated WebP with an ICC profile: a chunk after the header, and a flag in the header. */
function withProfile(webp: Buffer, profile: Buffer): Buffer {
  const headerEnd = 30
  const chunk = Buffer.alloc(8)
  chunk.write('ICCP', 'latin1')
  chunk.writeUInt32LE(profile.length, 4)
  const padding = Buffer.alloc(profile.length % 2)
  const whole = Buffer.concat([webp.subarray(0, headerEnd), chunk, profile, padding, webp.subarray(headerEnd)])
  whole.writeUInt32LE(whole.length - 8, 4)
  whole[20] = (whole[20] ?? 0) | 0x20
  return whole
}

describe('A picture that comes out in one colour', () => {
  let folder: string
  let count = 0

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'likeness-colours-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function outcomeOf(bytes: Buffer): Promise<string> {
    // libvips keeps what it read of a path.
    const path = join(folder, `picture-${count++}`)
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

  it('because its profile is faulty fails', async () => {
    const stripes = await rgba((x) => [x, 255 - x, 100, 255])
    const faulty = faultyProfile()
    const chunk = pngChunk('iCCP', Buffer.from('x\0\0', 'latin1'), deflateSync(faulty))
    expect(await outcomeOf(Buffer.concat([stripes.subarray(0, 33), chunk, stripes.subarray(33)]))).toBe('colours-lost')
    expect(await outcomeOf(stripes)).toBe('ready')
  })

  it('because its profile is faulty fails, also if it is animated or a HEIC', async () => {
    const faulty = faultyProfile()
    const before = [pngChunk('iCCP', Buffer.from('x\0\0', 'latin1'), deflateSync(faulty))]
    const samples = Buffer.from(Array.from({ length: 64 }, (_, at) => [at * 4, 255 - at * 4, 9, 255]).flat())
    const flat = filled(8, 8, 9, 9, 9, 255)
    const apng = { width: 8, height: 8, before }
    expect(await outcomeOf(apngOf({ ...apng, frames: [{ samples }, { samples: flat }] }))).toBe('colours-lost')
    expect(await outcomeOf(apngOf({ ...apng, frames: [{ samples: flat }, { samples }] }))).toBe('ready')
    const raw = { width: 8, height: 16, channels: 4, pageHeight: 8 } as const
    const webp = await sharp(Buffer.concat([samples, flat]), { raw, animated: true })
      .webp()
      .toBuffer()
    expect(await outcomeOf(withProfile(webp, faulty))).toBe('colours-lost')
    expect(await outcomeOf(webp)).toBe('ready')
    const tiles = ['orange', 'black'].map((name) =>
      readFileSync(new URL(`../../tests/fixtures/${name}.heic`, import.meta.url)),
    )
    expect(await outcomeOf(heifOf({ tiles, columns: 2, colours: faulty }))).toBe('colours-lost')
    expect(await outcomeOf(heifOf({ tiles, columns: 2 }))).toBe('ready')
    const [black = Buffer.alloc(0)] = tiles.slice(1)
    expect(await outcomeOf(heifOf({ tiles: [black], colours: faulty }))).toBe('ready')
  })

  it('because it uses only a small part of 32 bits fails', async () => {
    const stripes = { width: 64, height: 32, bits: 32, photometric: 1, at: (x: number) => [x * 4] } as const
    expect(await outcomeOf(tiffOf([stripes]))).toBe('colours-lost')
    const floats = { ...stripes, format: 'float', profile: greyProfile() } as const
    expect(await outcomeOf(tiffOf([{ ...floats, at: (x) => [x / 1e9] }]))).toBe('colours-lost')
    expect(await outcomeOf(tiffOf([{ ...stripes, at: () => [7] }]))).toBe('ready')
  })

  it('because it consists of noise or of a fine pattern is ready', async () => {
    const p3 = (image: Sharp): Promise<Buffer> => image.withIccProfile('p3').jpeg({ quality: 100 }).toBuffer()
    const noisy = (mean: number): Sharp =>
      sharp({ create: { ...large, channels: 3, background: '#888', noise: { type: 'gaussian', mean, sigma: 0.6 } } })
    expect(await outcomeOf(await p3(noisy(0)))).toBe('ready')
    expect(await outcomeOf(await p3(noisy(255)))).toBe('ready')
    const pattern = Buffer.alloc(large.width * large.height)
    for (let at = 0; at < pattern.length; at++) pattern[at] = (at + Math.floor(at / large.width)) % 2 ? 255 : 0
    const image = sharp(pattern, { raw: { ...large, channels: 1 } })
    expect(await outcomeOf(await image.png().toBuffer())).toBe('ready')
  })

  it('because its colours are too strong for sRGB and almost equal is ready', async () => {
    const strong = await rgba((x) => [x < WIDTH / 2 ? 252 : 255, 0, 0, 255])
    const chunk = pngChunk('cICP', Buffer.from([9, 8, 0, 1]))
    expect(await outcomeOf(Buffer.concat([strong.subarray(0, 33), chunk, strong.subarray(33)]))).toBe('ready')
  })

  it('and has one colour is ready, opaque or not', async () => {
    expect(await outcomeOf(await grey16(() => 30_000))).toBe('ready')
    expect(await outcomeOf(await rgba(() => [200, 100, 50, 255]))).toBe('ready')
    expect(await outcomeOf(await rgba(() => [200, 100, 50, 128]))).toBe('ready')
  })

  it('and has two colours that nobody can tell apart is ready', async () => {
    expect(await outcomeOf(await grey16((x) => (x < WIDTH / 2 ? 30_000 : 30_010)))).toBe('ready')
    const halves = { width: 64, height: 32, bits: 32, photometric: 1 } as const
    expect(await outcomeOf(tiffOf([{ ...halves, at: (x) => [x < 32 ? 2 ** 31 : 2 ** 31 + 2 ** 25] }]))).toBe('ready')
    const floats = { ...halves, format: 'float', profile: greyProfile() } as const
    expect(await outcomeOf(tiffOf([{ ...floats, at: (x) => [x < 32 ? 0.5 : 0.51] }]))).toBe('ready')
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
