import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { renderPicture } from './image-pipeline.ts'
import type { PictureRequest, RenderedPicture, RenditionFile } from './rendered-picture.ts'
import { PictureError } from './picture-error.ts'

const limits = { maxPixels: 100_000_000, maxSide: 20_000, maxFrames: 200, maxOutputBytes: 1_073_741_824 }
const red = { r: 220, g: 30, b: 30 }
const blue = { r: 30, g: 30, b: 220 }

describe('the pipeline', () => {
  let folder: string
  let count = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'likeness-pipeline-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const render = async (bytes: Buffer, options: Partial<PictureRequest> = {}): Promise<RenderedPicture> => {
    const path = join(folder, `source-${count++}`)
    await writeFile(path, bytes)
    return renderPicture({ path, presets: defaultPresets, focalPoint: null, limits, ...options })
  }
  const codeOf = async (bytes: Buffer, options: Partial<PictureRequest> = {}): Promise<string> => {
    const error = await render(bytes, options).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof PictureError)) throw new Error('It should have been refused', { cause: error })
    return error.code
  }
  const fileOf = ({ files }: RenderedPicture, preset: string, format: string): RenditionFile => {
    const file = files.find((candidate) => candidate.presets.includes(preset) && candidate.format === format)
    if (!file) throw new Error(`No ${preset} in ${format}`)
    return file
  }
  const namesOf = ({ files }: RenderedPicture): string[] =>
    files.flatMap(({ presets, format }) => presets.map((preset) => `${preset}.${format}`)).toSorted()

  it('renders every preset in every format, with what is to be known', async () => {
    const rendered = await render(await halves(2400, 1600).jpeg().toBuffer())
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
    const rendered = await render(await lying(orientation))
    expect(rendered.facts).toMatchObject({ width: 400, height: 200 })
    const { bytes, width, height } = fileOf(rendered, 'small', 'jpeg')
    expect([width, height]).toEqual([320, 160])
    // Upright: red above left, blue above right, black below.
    const [left, right, below] = await coloursAt(bytes, [
      [40, 30],
      [280, 30],
      [160, 140],
    ])
    expect(left?.r).toBeGreaterThan(150)
    expect(right?.b).toBeGreaterThan(150)
    expect(Math.max(below?.r ?? 255, below?.b ?? 255)).toBeLessThan(60)
  })

  it('strips what the camera wrote, GPS above all', async () => {
    const bytes = await halves(600, 400)
      .withExif({ IFD0: { Make: 'Camera' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 22/1 12/1' } })
      .withXmp('<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>')
      .jpeg()
      .toBuffer()
    expect((await sharp(bytes).metadata()).exif).toBeDefined()
    const { files } = await render(bytes)
    for (const file of files) {
      const { exif, xmp, iptc, icc, orientation } = await sharp(file.bytes).metadata()
      expect({ exif, xmp, iptc, icc, orientation }).toEqual({})
    }
  })

  it('comes out in sRGB whatever the colours were in', async () => {
    const cmyk = await halves(300, 200).toColourspace('cmyk').withIccProfile('cmyk').jpeg().toBuffer()
    const deep = await halves(300, 200).toColourspace('rgb16').png().toBuffer()
    const wide = await halves(300, 200).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer()
    for (const source of [cmyk, deep, wide]) {
      const rendered = await render(source)
      const { bytes } = fileOf(rendered, 'small', 'jpeg')
      expect(await sharp(bytes).metadata()).toMatchObject({ space: 'srgb', channels: 3, depth: 'uchar' })
      const [left, right] = await coloursAt(bytes, [
        [50, 100],
        [250, 100],
      ])
      expect((left?.r ?? 0) - (left?.b ?? 0)).toBeGreaterThan(100)
      expect((right?.b ?? 0) - (right?.r ?? 0)).toBeGreaterThan(60)
    }
  })

  it('keeps alpha, with WebP in the place of JPEG', async () => {
    const rendered = await render(await transparent(800, 600).png().toBuffer())
    expect(rendered.facts.hasAlpha).toBe(true)
    expect(new Set(rendered.files.map(({ format }) => format))).toEqual(new Set(['avif', 'webp']))
    for (const { bytes } of rendered.files) {
      const { channels, isOpaque } = await sharp(bytes).stats()
      expect({ channels: channels.length, isOpaque }).toEqual({ channels: 4, isOpaque: false })
    }
  })

  it('lets a picture move, in WebP, with its frames, its delays and its loop', async () => {
    const rendered = await render(await moving({ width: 500, height: 400, frames: 6 }))
    expect(rendered.facts).toMatchObject({ width: 500, height: 400, format: 'gif', pages: 6, animated: true })
    expect(new Set(rendered.files.map(({ format }) => format))).toEqual(new Set(['webp']))
    const small = await sharp(fileOf(rendered, 'small', 'webp').bytes).metadata()
    expect(small).toMatchObject({ width: 320, height: 256, pages: 6, delay: Array(6).fill(120), loop: 0 })
    const thumb = await sharp(fileOf(rendered, 'thumb', 'webp').bytes).metadata()
    expect(thumb).toMatchObject({ width: 200, height: 200, pages: 6 })
  })

  it('never enlarges, and encodes once what would come out the same', async () => {
    const rendered = await render(await halves(120, 80).png().toBuffer())
    expect(rendered.files.map(({ presets, format, width, height }) => ({ presets, format, width, height }))).toEqual([
      { presets: ['thumb', 'small', 'medium', 'large', 'xlarge'], format: 'avif', width: 120, height: 80 },
      { presets: ['thumb', 'small', 'medium', 'large', 'xlarge'], format: 'jpeg', width: 120, height: 80 },
    ])
    const middle = await render(await halves(700, 500).jpeg().toBuffer())
    expect(fileOf(middle, 'xlarge', 'jpeg')).toMatchObject({ presets: ['large', 'xlarge'], width: 700, height: 500 })
  })

  it('does not share what is encoded otherwise', async () => {
    const [, small, medium] = defaultPresets as [Preset, Preset, Preset]
    const finer = { ...medium, quality: { ...medium.quality, jpeg: 95 } }
    const { files } = await render(await halves(120, 80).png().toBuffer(), { presets: [small, finer] })
    expect(files.map(({ presets, format }) => `${presets.join('+')}.${format}`).toSorted()).toEqual([
      'medium.jpeg',
      'small+medium.avif',
      'small.jpeg',
    ])
  })

  it('crops around the focal point', async () => {
    const source = await halves(800, 400).png().toBuffer()
    const leftmost = fileOf(await render(source, { focalPoint: { x: 0, y: 0.5 } }), 'thumb', 'jpeg')
    const rightmost = fileOf(await render(source, { focalPoint: { x: 1, y: 0.5 } }), 'thumb', 'jpeg')
    expect((await coloursAt(leftmost.bytes, [[190, 100]]))[0]?.r).toBeGreaterThan(150)
    expect((await coloursAt(rightmost.bytes, [[10, 100]]))[0]?.b).toBeGreaterThan(150)
  })

  it('draws a drawing at the size of each preset', async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><circle cx="10" cy="10" r="8" fill="red"/></svg>',
    )
    const rendered = await render(svg)
    expect(rendered.facts).toMatchObject({ width: 40, height: 20, format: 'svg', hasAlpha: true })
    expect(fileOf(rendered, 'xlarge', 'webp')).toMatchObject({ width: 1920, height: 960 })
    // A circle that was enlarged from pixels would be soft at its edge: 92 to 98 of 960 rows lie on it.
    const [inside, outside] = await coloursAt(fileOf(rendered, 'xlarge', 'webp').bytes, [
      [480, 104],
      [480, 88],
    ])
    expect([inside?.alpha, outside?.alpha]).toEqual([255, 0])
  })

  it('does not let a drawing draw in the files beside it', async () => {
    await writeFile(join(folder, 'secret.png'), await halves(100, 100).png().toBuffer())
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100">
      <image xlink:href="secret.png" width="100" height="100"/><image xlink:href="file://${folder}/secret.png" width="100" height="100"/></svg>`
    const { channels } = await sharp(fileOf(await render(Buffer.from(svg)), 'small', 'webp').bytes).stats()
    expect(channels[3]?.max).toBe(0)
  })

  it('takes a very long and a very tall picture', async () => {
    const tall = await render(await halves(40, 19_000).png().toBuffer())
    expect(fileOf(tall, 'xlarge', 'avif').height).toBeLessThanOrEqual(16_383)
    const long = await render(await halves(19_000, 40).png().toBuffer())
    expect(fileOf(long, 'xlarge', 'jpeg')).toMatchObject({ width: 1920, height: 4 })
    expect(fileOf(long, 'thumb', 'jpeg')).toMatchObject({ width: 200, height: 40 })
  })

  describe('refuses, with a code of its own', () => {
    it('what is no picture', async () => {
      expect(await codeOf(Buffer.alloc(0))).toBe('not-an-image')
      expect(await codeOf(Buffer.from('%PDF-1.7 a page'))).toBe('not-an-image')
    })

    it('a picture that is cut short, in every format', async () => {
      const source = halves(900, 700).composite([{ input: await noise(900, 700), blend: 'overlay' }])
      const raw = await source.png().toBuffer()
      const cut = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length * 0.6))
      expect(await codeOf(cut(raw))).toBe('corrupt-image')
      expect(await codeOf(cut(await sharp(raw).jpeg().toBuffer()))).toBe('corrupt-image')
      expect(await codeOf(cut(await sharp(raw).webp().toBuffer()))).toBe('corrupt-image')
      expect(await codeOf(cut(await sharp(raw).tiff().toBuffer()))).toMatch(/corrupt-image|not-an-image/)
      expect(await codeOf(cut(await sharp(raw).avif({ effort: 0 }).toBuffer()))).toBe('corrupt-image')
      const film = await moving({ width: 90, height: 70, frames: 5 })
      expect(await codeOf(cut(film))).toBe('corrupt-image')
      expect(await codeOf(cut(await sharp(film, { animated: true }).webp().toBuffer()))).toBe('corrupt-image')
    })

    it('what is over a limit, before a pixel is decoded', async () => {
      const source = await halves(300, 200).png().toBuffer()
      expect(await codeOf(source, { limits: { ...limits, maxPixels: 59_999 } })).toBe('too-many-pixels')
      expect(await codeOf(source, { limits: { ...limits, maxSide: 299 } })).toBe('side-too-long')
      const film = await moving({ width: 20, height: 20, frames: 4 })
      expect(await codeOf(film, { limits: { ...limits, maxFrames: 3 } })).toBe('too-many-frames')
      await expect(render(source, { limits: { ...limits, maxPixels: 60_000, maxSide: 300 } })).resolves.toBeDefined()
      await expect(render(film, { limits: { ...limits, maxFrames: 4 } })).resolves.toBeDefined()
    })
  })
})

/** Red on the left, blue on the right. */
function halves(width: number, height: number): Sharp {
  const right = { create: { width: Math.ceil(width / 2), height, channels: 3 as const, background: blue } }
  const canvas = sharp({ create: { width, height, channels: 3, background: red } })
  return canvas.composite([{ input: right, left: Math.floor(width / 2), top: 0 }]).removeAlpha()
}

function transparent(width: number, height: number): Sharp {
  const canvas = sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
  const disc = `<svg width="${width}" height="${height}"><circle cx="50%" cy="50%" r="30%" fill="orange"/></svg>`
  return canvas.composite([{ input: Buffer.from(disc) }])
}

/** How each orientation undoes itself: turned clockwise by an angle, then mirrored. */
const laidDown: Record<number, [number, boolean]> = {
  1: [0, false],
  2: [0, true],
  3: [180, false],
  4: [180, true],
  5: [90, true],
  6: [270, false],
  7: [270, true],
  8: [90, false],
}

/** A picture that is 400 × 200 upright, as a camera lays it down with this orientation (Exif 2.32, tag 0x0112). */
async function lying(orientation: number): Promise<Buffer> {
  const top = await halves(400, 100).png().toBuffer()
  const upright = await sharp({ create: { width: 400, height: 200, channels: 3, background: '#000' } })
    .composite([{ input: top, left: 0, top: 0 }])
    .png()
    .toBuffer()
  const [angle = 0, mirrored = false] = laidDown[orientation] ?? []
  const turned = await sharp(upright).rotate(angle).png().toBuffer()
  const laid = await sharp(turned).flop(mirrored).png().toBuffer()
  return sharp(laid).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer()
}

async function moving({ width, height, frames }: { width: number; height: number; frames: number }): Promise<Buffer> {
  const stills = Array.from({ length: frames }, (_, index) => {
    const background = { r: Math.round((255 * index) / frames), g: 90, b: 200 }
    return sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer()
  })
  return sharp(await Promise.all(stills), { join: { animated: true } })
    .gif({ delay: Array<number>(frames).fill(120), loop: 0 })
    .toBuffer()
}

function noise(width: number, height: number): Promise<Buffer> {
  const noisy = {
    width,
    height,
    channels: 3 as const,
    background: '#888',
    noise: { type: 'gaussian' as const, mean: 128, sigma: 40 },
  }
  return sharp({ create: noisy }).png().toBuffer()
}

async function coloursAt(
  bytes: Buffer,
  places: [number, number][],
): Promise<{ r: number; g: number; b: number; alpha: number }[]> {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return places.map(([x, y]) => {
    const [r = 0, g = 0, b = 0, alpha = 0] = data.subarray((y * info.width + x) * 4)
    return { r, g, b, alpha }
  })
}
