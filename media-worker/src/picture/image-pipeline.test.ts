import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import sharp from 'sharp'

import {
  coloursAt,
  farthest,
  fileOf,
  halves,
  limits,
  lying,
  moving,
  named,
  noise,
  openPipeline,
  red,
  type PipelineUnderTest,
} from '../../tests/drawn-pictures.ts'
import type { RenderedPicture } from './rendered-picture.ts'

/** Entities as a graphics editor writes them, 1,600 bytes. */
const entities = Array.from(
  { length: 20 },
  (_, n) => `<!ENTITY ns_${n} "http://ns.example/${'x'.repeat(40)}/${n}">\n`,
).join('')

describe('the pipeline', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())
  const namesOf = ({ files }: RenderedPicture): string[] =>
    files.flatMap(({ presets, format }) => presets.map((preset) => `${preset}.${format}`)).toSorted()

  it('renders every preset in every format, and returns the facts of the picture', async () => {
    const rendered = await pipeline.render(await halves(2400, 1600).jpeg().toBuffer())
    expect(namesOf(rendered)).toEqual(
      ['large', 'medium', 'small', 'thumb', 'xlarge'].flatMap((preset) => [`${preset}.avif`, `${preset}.jpeg`]),
    )
    expect(fileOf(rendered, 'xlarge', 'avif')).toMatchObject({ width: 1920, height: 1280 })
    expect(fileOf(rendered, 'thumb', 'jpeg')).toMatchObject({ width: 200, height: 200 })
    expect(rendered.facts).toMatchObject({
      width: 2400,
      height: 1600,
      format: 'jpeg',
      pages: 1,
      animated: false,
      hasAlpha: false,
      thumbhash: expect.stringMatching(/^[A-Za-z0-9+/]{20,40}=*$/),
      dominantColor: expect.stringMatching(
        /^#(d|e)[0-9a-f](1|2)[0-9a-f](1|2)[0-9a-f]$|^#(1|2)[0-9a-f](1|2)[0-9a-f](d|e)[0-9a-f]$/,
      ),
    })
    for (const { bytes, format, width, height } of rendered.files) {
      const written = await sharp(bytes).metadata()
      expect(written).toMatchObject({ format: format === 'avif' ? 'heif' : format, width, height })
    }
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns a picture with orientation %i upright', async (orientation) => {
    const rendered = await pipeline.render(await lying(orientation))
    expect(rendered.facts).toMatchObject({ width: 400, height: 200 })
    const { bytes, width, height } = fileOf(rendered, 'small', 'jpeg')
    expect([width, height]).toEqual([320, 160])
    // Upright: red at the top left, blue at the top right, black at the bottom.
    const [left, right, below] = await coloursAt(bytes, [
      [40, 30],
      [280, 30],
      [160, 140],
    ])
    expect(left?.r).toBeGreaterThan(150)
    expect(right?.b).toBeGreaterThan(150)
    expect(Math.max(below?.r ?? 255, below?.b ?? 255)).toBeLessThan(60)
  })

  it('removes all metadata, in particular the location', async () => {
    const bytes = await halves(600, 400)
      .withExif({ IFD0: { Make: 'Camera' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 22/1 12/1' } })
      .withXmp('<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>')
      .jpeg()
      .toBuffer()
    expect((await sharp(bytes).metadata()).exif).toBeDefined()
    const { files } = await pipeline.render(bytes)
    for (const file of files) {
      const { exif, xmp, iptc, icc, orientation } = await sharp(file.bytes).metadata()
      expect({ exif, xmp, iptc, icc, orientation }).toEqual({})
    }
  })

  it('returns the camera and the time from every format that has them, and never the location', async () => {
    const exif = {
      IFD0: { Make: 'Canon', Model: 'EOS 5D' },
      IFD2: { DateTimeOriginal: '2024:02:29 12:30:00', OffsetTimeOriginal: '+02:00' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 22/1 12/1' },
    }
    const expected = { cameraMake: 'Canon', cameraModel: 'EOS 5D', takenAt: '2024-02-29T10:30:00Z' }
    for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
      const { facts } = await pipeline.render(await halves(60, 40).withExif(exif).toFormat(format).toBuffer())
      expect(facts).toMatchObject({ format, ...expected })
      expect(JSON.stringify(facts)).not.toMatch(/gps|latitude/i)
    }
    const none = { cameraMake: null, cameraModel: null, takenAt: null }
    expect((await pipeline.render(await halves(60, 40).gif().toBuffer())).facts).toMatchObject({
      format: 'gif',
      ...none,
    })
    const tiff = await halves(60, 40).tiff().toBuffer()
    expect((await pipeline.render(tiff)).facts).toMatchObject({ format: 'tiff', ...none })
    expect((await pipeline.render(await named(tiff, 'Leica'))).facts).toMatchObject({ ...none, cameraMake: 'Leica' })
  })

  it('renders the first page of a TIFF with several pages', async () => {
    const pages = await Promise.all([halves(80, 60).png().toBuffer(), noise(80, 60), noise(80, 60)])
    const source = await sharp(pages, { join: { animated: true } })
      .tiff()
      .toBuffer()
    const rendered = await pipeline.render(source, { limits: { ...limits, maxFrames: 1 } })
    expect(rendered.facts).toMatchObject({ width: 80, height: 60, pages: 3, animated: false })
    const [left] = await coloursAt(fileOf(rendered, 'small', 'jpeg').bytes, [[20, 30]])
    expect(farthest(left, red)).toBeLessThan(20)
  })

  it('draws an SVG at the size of each preset', async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><circle cx="10" cy="10" r="8" fill="red"/></svg>',
    )
    const rendered = await pipeline.render(svg)
    expect(rendered.facts).toMatchObject({ width: 40, height: 20, format: 'svg', hasAlpha: true })
    expect(fileOf(rendered, 'xlarge', 'webp')).toMatchObject({ width: 1920, height: 960 })
    // A circle that was enlarged from pixels would have a soft edge, in rows 92 to 98 of 960.
    const [inside, outside] = await coloursAt(fileOf(rendered, 'xlarge', 'webp').bytes, [
      [480, 104],
      [480, 88],
    ])
    expect([inside?.alpha, outside?.alpha]).toEqual([255, 0])
  })

  it.each([
    ['after long comments', (svg: string) => `<?xml version="1.0"?><!-- ${'word '.repeat(1_500)} -->${svg}`],
    ['after a document type', (svg: string) => `<!DOCTYPE svg [\n${entities}]>\n${svg}`],
    [
      'with a namespace prefix',
      (svg: string) => svg.replaceAll(/<(\/?)(svg|circle)/g, '<$1s:$2').replace('xmlns=', 'xmlns:s='),
    ],
    ['in UTF-16', (svg: string) => Buffer.from(`\uFEFF<?xml version="1.0" encoding="UTF-16"?>${svg}`, 'utf16le')],
    [
      'in Latin-1',
      (svg: string) => Buffer.from(`<?xml version='1.0' encoding='iso-8859-1'?><!--\u00e4-->${svg}`, 'latin1'),
    ],
    ['after a byte order mark', (svg: string) => `\uFEFF${svg}`],
  ])('draws an SVG whose root is %s', async (_, written) => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><circle cx="10" cy="10" r="8" fill="red"/></svg>'
    const rendered = await pipeline.render(Buffer.from(written(svg)))
    expect(rendered.facts).toMatchObject({ width: 40, height: 20, format: 'svg' })
    const [seen] = await coloursAt(fileOf(rendered, 'small', 'webp').bytes, [[80, 80]])
    expect(farthest(seen, { r: 255, g: 0, b: 0 })).toBeLessThan(10)
  })

  it('does not include neighbouring files in an SVG', async () => {
    await writeFile(join(pipeline.folder, 'secret.png'), await halves(100, 100).png().toBuffer())
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100">
      <image xlink:href="secret.png" width="100" height="100"/><image xlink:href="file://${pipeline.folder}/secret.png" width="100" height="100"/></svg>`
    const { channels } = await sharp(fileOf(await pipeline.render(Buffer.from(svg)), 'small', 'webp').bytes).stats()
    expect(channels[3]?.max).toBe(0)
  })

  it('renders a very long and a very tall picture', async () => {
    const tall = await pipeline.render(await halves(40, 19_000).png().toBuffer())
    expect(fileOf(tall, 'xlarge', 'avif').height).toBeLessThanOrEqual(16_383)
    const long = await pipeline.render(await halves(19_000, 40).png().toBuffer())
    expect(fileOf(long, 'xlarge', 'jpeg')).toMatchObject({ width: 1920, height: 4 })
    expect(fileOf(long, 'thumb', 'jpeg')).toMatchObject({ width: 200, height: 40 })
  })

  describe('rejects, with a code for each reason,', () => {
    it('a file that is not a picture', async () => {
      expect(await pipeline.codeOf(Buffer.alloc(0))).toBe('not-an-image')
      expect(await pipeline.codeOf(Buffer.from('%PDF-1.7 a page'))).toBe('not-an-image')
    })

    it('a truncated picture, in every format', async () => {
      const source = halves(900, 700).composite([{ input: await noise(900, 700), blend: 'overlay' }])
      const raw = await source.png().toBuffer()
      const cut = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length * 0.6))
      expect(await pipeline.codeOf(cut(raw))).toBe('corrupt-image')
      expect(await pipeline.codeOf(cut(await sharp(raw).jpeg().toBuffer()))).toBe('corrupt-image')
      expect(await pipeline.codeOf(cut(await sharp(raw).webp().toBuffer()))).toBe('corrupt-image')
      expect(await pipeline.codeOf(cut(await sharp(raw).tiff().toBuffer()))).toBe('corrupt-image')
      expect(await pipeline.codeOf(cut(await sharp(raw).avif({ effort: 0 }).toBuffer()))).toBe('corrupt-image')
      const film = await moving({ width: 90, height: 70, frames: 5 })
      expect(await pipeline.codeOf(cut(film))).toBe('corrupt-image')
      expect(await pipeline.codeOf(cut(await sharp(film, { animated: true }).webp().toBuffer()))).toBe('corrupt-image')
    })

    it('a truncated JPEG, with a plain sentence and without the text of the decoder', async () => {
      const jpeg = await sharp(await noise(300, 200))
        .jpeg()
        .toBuffer()
      await expect(pipeline.render(jpeg.subarray(0, jpeg.length / 2))).rejects.toThrow(
        /^The picture is damaged: the file ends too early\.$/,
      )
    })

    it('a picture that exceeds a limit, before a pixel is decoded', async () => {
      const source = await halves(300, 200).png().toBuffer()
      expect(await pipeline.codeOf(source, { limits: { ...limits, maxPixels: 59_999 } })).toBe('too-many-pixels')
      expect(await pipeline.codeOf(source, { limits: { ...limits, maxSide: 299 } })).toBe('side-too-long')
      const film = await moving({ width: 20, height: 20, frames: 4 })
      expect(await pipeline.codeOf(film, { limits: { ...limits, maxFrames: 3 } })).toBe('too-many-frames')
      await expect(
        pipeline.render(source, { limits: { ...limits, maxPixels: 60_000, maxSide: 300 } }),
      ).resolves.toBeDefined()
      await expect(pipeline.render(film, { limits: { ...limits, maxFrames: 4 } })).resolves.toBeDefined()
    })

    it('a picture with a rendition that is too large, all frames together', async () => {
      const [, small] = defaultPresets as [Preset, Preset]
      const presets = [{ ...small, enlarge: true, width: 4_000 }]
      const still = await halves(30, 20).png().toBuffer()
      const most = 4_000 * 2_667 * 4
      expect(await pipeline.codeOf(still, { presets, limits: { ...limits, maxOutputBytes: most - 1 } })).toBe(
        'output-too-large',
      )
      await expect(
        pipeline.render(still, { presets, limits: { ...limits, maxOutputBytes: most } }),
      ).resolves.toBeDefined()
      const film = await moving({ width: 40, height: 30, frames: 5 })
      const bytes = 40 * 30 * 4 * 5
      expect(await pipeline.codeOf(film, { limits: { ...limits, maxOutputBytes: bytes - 1 } })).toBe('output-too-large')
      await expect(pipeline.render(film, { limits: { ...limits, maxOutputBytes: bytes } })).resolves.toBeDefined()
    })
  })
})
