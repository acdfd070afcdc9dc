import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import sharp from 'sharp'

import {
  blue,
  coloursAt,
  farthest,
  fileOf,
  halves,
  moving,
  noise,
  openPipeline,
  red,
  transparent,
  type PipelineUnderTest,
} from '../../tests/drawn-pictures.ts'
import type { RenderedPicture } from './rendered-picture.ts'

describe('the pipeline, for each preset', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  it('writes the formats of the preset, each with its quality', async () => {
    const [, small] = defaultPresets as [Preset, Preset]
    const formats: Preset['formats'] = ['png', 'gif', 'webp', 'jpeg', 'avif']
    const presets: Preset[] = [10, 50, 95].map((quality) => ({
      ...small,
      name: `q${quality}`,
      formats,
      quality: { avif: quality, jpeg: quality, webp: quality },
    }))
    const half = { input: await halves(200, 300).png().toBuffer(), left: 0, top: 0 }
    const source = sharp(await noise(400, 300))
      .composite([half])
      .removeAlpha()
    const rendered = await pipeline.render(await source.png().toBuffer(), { presets })
    const sizes = new Map<string, number[]>()
    for (const { format, bytes, presets: names } of rendered.files) {
      expect(await sharp(bytes).metadata()).toMatchObject({ format: format === 'avif' ? 'heif' : format, width: 320 })
      for (const _ of names) sizes.set(format, [...(sizes.get(format) ?? []), bytes.length])
    }
    for (const format of ['webp', 'jpeg', 'avif']) {
      const [low = 0, middle = 0, high = 0] = sizes.get(format) ?? []
      expect(middle).toBeGreaterThan(low * 1.3)
      expect(high).toBeGreaterThan(middle * 1.3)
    }
    // PNG and GIF have no quality, so the three presets share one file.
    for (const format of ['png', 'gif']) expect(fileOf(rendered, 'q10', format).presets).toEqual(['q10', 'q50', 'q95'])
  })

  it('never writes alpha as JPEG, and keeps it in PNG and GIF', async () => {
    const presets: Preset[] = defaultPresets.map((preset) => ({ ...preset, formats: ['jpeg', 'png', 'gif'] }))
    const { files } = await pipeline.render(await transparent(500, 400).png().toBuffer(), { presets })
    expect(new Set(files.map(({ format }) => format))).toEqual(new Set(['webp', 'png', 'gif']))
    for (const { bytes } of files) expect((await sharp(bytes).stats()).isOpaque).toBe(false)
  })

  it('fits a picture into a box, and enlarges it only if the preset says so', async () => {
    const [thumb, small] = defaultPresets as [Preset, Preset]
    const boxed: Preset = { ...thumb, name: 'boxed', fit: 'inside', width: 300, height: 100 }
    const presets = [boxed, thumb, small].flatMap((preset): Preset[] => [
      preset,
      { ...preset, name: `${preset.name}larger`, enlarge: true },
    ])
    const sizes = ({ files }: RenderedPicture): Record<string, string> =>
      Object.fromEntries(
        files.flatMap((file) => file.presets.map((preset) => [preset, `${file.width}x${file.height}`] as const)),
      )
    const expected = {
      boxed: '120x80',
      boxedlarger: '150x100',
      thumb: '120x80',
      thumblarger: '200x200',
      small: '120x80',
      smalllarger: '320x213',
    }
    const still = await pipeline.render(await halves(120, 80).png().toBuffer(), {
      presets,
      focalPoint: { x: 0, y: 0.5 },
    })
    expect(sizes(still)).toEqual(expected)
    for (const { bytes, width, height } of still.files) {
      expect(await sharp(bytes).metadata()).toMatchObject({ width, height })
    }
    // The crop has the left 80 of 120 columns. Red ends at 150 of 200 columns.
    const square = fileOf(still, 'thumblarger', 'jpeg').bytes
    const [within, beyond] = await coloursAt(square, [
      [140, 100],
      [160, 100],
    ])
    expect([farthest(within, red) < 20, farthest(beyond, blue) < 20]).toEqual([true, true])

    const film = await pipeline.render(await moving({ width: 120, height: 80, frames: 3 }), { presets })
    expect(sizes(film)).toEqual(expected)
    for (const { bytes, width, height } of film.files) {
      expect(await sharp(bytes).metadata()).toMatchObject({ width, height, pages: 3 })
    }
  })

  it('keeps an animation in WebP, with its frames, delays and loops', async () => {
    const rendered = await pipeline.render(await moving({ width: 500, height: 400, frames: 6 }))
    expect(rendered.facts).toMatchObject({ width: 500, height: 400, format: 'gif', pages: 6, animated: true })
    expect(new Set(rendered.files.map(({ format }) => format))).toEqual(new Set(['webp']))
    const small = await sharp(fileOf(rendered, 'small', 'webp').bytes).metadata()
    expect(small).toMatchObject({ width: 320, height: 256, pages: 6, delay: Array(6).fill(120), loop: 0 })
    const thumb = await sharp(fileOf(rendered, 'thumb', 'webp').bytes).metadata()
    expect(thumb).toMatchObject({ width: 200, height: 200, pages: 6 })
  })

  it('keeps an animation in every format that supports it, with different delays and a limited number of loops', async () => {
    const presets: Preset[] = defaultPresets.map((preset) => ({ ...preset, formats: ['avif', 'gif', 'webp', 'png'] }))
    const options = { width: 90, height: 60, frames: 4, delay: [50, 400, 70, 1000], loop: 3 }
    const gif = await moving(options)
    const webp = await sharp(gif, { animated: true }).webp({ lossless: true }).toBuffer()
    for (const source of [gif, webp]) {
      const { files } = await pipeline.render(source, { presets })
      expect(files.map(({ format }) => format)).toEqual(['gif', 'webp'])
      for (const { bytes } of files) {
        const { pages, delay, loop } = await sharp(bytes).metadata()
        expect({ pages, delay, loop }).toEqual({ pages: 4, delay: options.delay, loop: options.loop })
        const { exif, icc, xmp } = await sharp(bytes).metadata()
        expect({ exif, icc, xmp }).toEqual({})
      }
    }
  })

  it('crops to the most prominent part if no focal point is set', async () => {
    const spot = '<svg width="900" height="300"><circle cx="780" cy="150" r="60" fill="#ff2020"/></svg>'
    const plain = sharp({ create: { width: 900, height: 300, channels: 3, background: '#808080' } })
    const source = await plain
      .composite([{ input: Buffer.from(spot) }])
      .removeAlpha()
      .png()
      .toBuffer()
    const { channels } = await sharp(fileOf(await pipeline.render(source), 'thumb', 'jpeg').bytes).stats()
    expect(channels[0]?.max).toBeGreaterThan(200)
    expect(channels[1]?.min).toBeLessThan(80)
  })

  it('never enlarges by default, and encodes equal renditions once', async () => {
    const rendered = await pipeline.render(await halves(120, 80).png().toBuffer())
    expect(rendered.files.map(({ presets, format, width, height }) => ({ presets, format, width, height }))).toEqual([
      { presets: ['thumb', 'small', 'medium', 'large', 'xlarge'], format: 'avif', width: 120, height: 80 },
      { presets: ['thumb', 'small', 'medium', 'large', 'xlarge'], format: 'jpeg', width: 120, height: 80 },
    ])
    const middle = await pipeline.render(await halves(700, 500).jpeg().toBuffer())
    expect(fileOf(middle, 'xlarge', 'jpeg')).toMatchObject({ presets: ['large', 'xlarge'], width: 700, height: 500 })
  })

  it('does not share renditions with a different encoding', async () => {
    const [, small, medium] = defaultPresets as [Preset, Preset, Preset]
    const finer = { ...medium, quality: { ...medium.quality, jpeg: 95 } }
    const { files } = await pipeline.render(await halves(120, 80).png().toBuffer(), { presets: [small, finer] })
    expect(files.map(({ presets, format }) => `${presets.join('+')}.${format}`).toSorted()).toEqual([
      'medium.jpeg',
      'small+medium.avif',
      'small.jpeg',
    ])
  })

  it('crops around the focal point', async () => {
    const source = await halves(800, 400).png().toBuffer()
    const leftmost = fileOf(await pipeline.render(source, { focalPoint: { x: 0, y: 0.5 } }), 'thumb', 'jpeg')
    const rightmost = fileOf(await pipeline.render(source, { focalPoint: { x: 1, y: 0.5 } }), 'thumb', 'jpeg')
    expect((await coloursAt(leftmost.bytes, [[190, 100]]))[0]?.r).toBeGreaterThan(150)
    expect((await coloursAt(rightmost.bytes, [[10, 100]]))[0]?.b).toBeGreaterThan(150)
  })
})
