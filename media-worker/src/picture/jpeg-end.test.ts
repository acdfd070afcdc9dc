import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'
import sharp, { type JpegOptions } from 'sharp'

import { renderPicture } from './image-pipeline.ts'
import { withEndMarker } from './jpeg-end.ts'

const END_MARKER_BYTES = 2

describe('A JPEG', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'likeness-jpeg-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Noise, so that every block has data. */
  async function draw(options: JpegOptions, colours: 'b-w' | 'srgb' | 'cmyk' = 'srgb'): Promise<Buffer> {
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const
    return sharp({ create: { width: 240, height: 160, channels: 3, background: '#888', noise } })
      .toColourspace(colours)
      .jpeg(options)
      .toBuffer()
  }

  async function completed(bytes: Buffer): Promise<Buffer | null> {
    const path = join(folder, 'picture.jpg')
    writeFileSync(path, bytes)
    return withEndMarker(path)
  }

  const layouts = [
    ['baseline', {}, 'srgb'],
    ['progressive', { progressive: true }, 'srgb'],
    ['grey', {}, 'b-w'],
    ['grey and progressive', { progressive: true }, 'b-w'],
    ['CMYK', {}, 'cmyk'],
    ['without subsampling', { chromaSubsampling: '4:4:4' }, 'srgb'],
  ] as const

  it.each(layouts)('that is %s and lacks only its end marker is completed', async (_name, options, colours) => {
    const whole = await draw(options, colours)
    expect(await completed(whole)).toBeNull()
    expect(await completed(whole.subarray(0, -END_MARKER_BYTES))).toEqual(whole)
    expect(await completed(whole.subarray(0, -1))).toEqual(whole)
  })

  it.each(layouts)('that is %s and lacks data is not completed', async (_name, options, colours) => {
    const whole = await draw(options, colours)
    for (const missing of [20, 100, 1_000, whole.length >> 1]) {
      expect(await completed(whole.subarray(0, -END_MARKER_BYTES - missing))).toBeNull()
    }
  })

  it.each([
    ['baseline', {}],
    ['progressive, with complete scans before the end', { progressive: true }],
    ['without subsampling', { chromaSubsampling: '4:4:4' }],
  ])(
    'that is %s is completed at no other length',
    async (_name, options) => {
      const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const
      const picture = { width: 9, height: 10, channels: 3, background: '#888', noise } as const
      const whole = await sharp({ create: picture })
        .jpeg({ ...options, quality: 30 })
        .toBuffer()
      const accepted: number[] = []
      for (let missing = 0; missing < whole.length; missing++) {
        if (await completed(whole.subarray(0, whole.length - missing))) accepted.push(missing)
      }
      expect(accepted).toEqual([1, 2])
    },
    20_000,
  )

  it('that lacks only its end marker is rendered', async () => {
    const path = join(folder, 'whole.jpg')
    writeFileSync(path, (await draw({})).subarray(0, -END_MARKER_BYTES))
    const limits = { maxPixels: 1e8, maxSide: 20_000, maxFrames: 200, maxOutputBytes: 2 ** 30 }
    const { facts } = await renderPicture({ path, presets: defaultPresets, focalPoint: null, limits })
    expect(facts).toMatchObject({ width: 240, height: 160, format: 'jpeg' })
  })

  it('with other bytes after its end marker is not changed', async () => {
    expect(await completed(Buffer.concat([await draw({}), Buffer.alloc(100)]))).toBeNull()
  })
})
