import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets, PermanentError } from '@likeness/media-jobs'
import { createLogger } from '@likeness/service-kit/process'
import fc from 'fast-check'
import sharp, { type Sharp } from 'sharp'

import type { RenderedPicture } from '../src/picture/rendered-picture.ts'
import { createRenderPool, type RenderPool } from '../src/render/render-pool.ts'
import { heifOf } from './heif-boxes.ts'
import { testSandbox } from './test-sandbox.ts'

const fixture = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}.heic`, import.meta.url))
const [orange, blue, black] = [fixture('orange'), fixture('blue'), fixture('black')]
/** Orange and blue above, black below: 128 × 192. */
const scene = { tiles: [orange, blue, black, black, black, black], columns: 2 }
const above = { left: [0.1, 0.1], right: [0.9, 0.1] } as const
const below = { left: [0.1, 0.9], right: [0.9, 0.9] } as const
const limits = { maxPixels: 1e8, maxSide: 2e4, maxFrames: 200, maxOutputBytes: 1e9 }

type Colour = [number, number, number]

/** Uses a render process, which has only the loaders that it needs. */
describe('a HEIC', () => {
  let folder: string
  let pool: RenderPool
  let count = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'likeness-heic-'))
    pool = createRenderPool({
      sandbox: testSandbox,
      size: 1,
      cpuMs: 60_000,
      durationMs: 180_000,
      memoryBytes: 2_000_000_000,
      logger: createLogger({ service: 'test', level: 'silent' }),
      onRestart: () => undefined,
    })
  })
  afterAll(async () => {
    await pool.close()
    await rm(folder, { recursive: true })
  })

  const render = async (bytes: Buffer, most: Partial<typeof limits> = {}): Promise<RenderedPicture> => {
    const path = join(folder, `source-${count++}`)
    await writeFile(path, bytes)
    const request = { path, presets: defaultPresets, focalPoint: null, limits: { ...limits, ...most } }
    return pool.render(request, new AbortController().signal)
  }
  const codeOf = async (bytes: Buffer, most: Partial<typeof limits> = {}): Promise<string> => {
    const error = await render(bytes, most).catch((thrown: unknown) => thrown)
    if (!(error instanceof PermanentError)) throw new Error('The picture was not rejected', { cause: error })
    return error.code
  }
  /** The colours of the large rendition at these places, in fractions of its width and height. */
  const coloursOf = async ({ files }: RenderedPicture, ...places: (readonly [number, number])[]): Promise<Colour[]> => {
    const file = files.find(({ format, presets }) => format !== 'avif' && presets.includes('large'))
    const { data, info } = await sharp(file?.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    return places.map(([x, y]) => {
      const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * 3
      return [...data.subarray(at, at + 3)] as Colour
    })
  }
  const near = (colour: Colour): unknown => colour.map((part) => expect.closeTo(part, -1))

  it('from a camera is rendered, and its facts are read', async () => {
    const rendered = await render(fixture('photo'))
    expect(rendered.facts).toMatchObject({ width: 320, height: 480, format: 'heic', pages: 1, hasAlpha: false })
    const facts = { cameraMake: 'Likeness', cameraModel: 'Model 1', takenAt: '2024-02-29T10:30:00Z' }
    expect(rendered.facts).toMatchObject(facts)
    expect(rendered.files.map(({ format }) => format)).toEqual(['avif', 'jpeg', 'avif', 'jpeg'])
    for (const { bytes } of rendered.files) {
      const { exif, icc, xmp, orientation } = await sharp(bytes).metadata()
      expect({ exif, icc, xmp, orientation }).toEqual({})
    }
  })

  it('is assembled from its tiles', async () => {
    const rendered = await render(heifOf(scene))
    expect(rendered.facts).toMatchObject({ width: 128, height: 192, pages: 1 })
    const seen = await coloursOf(rendered, above.left, above.right, below.left)
    expect(seen).toEqual([near([200, 100, 60]), near([30, 30, 220]), near([0, 0, 0])])
  })

  it.each([
    ['rotated by 90° anticlockwise', { quarters: 1 }, below.left, above.left],
    ['rotated by 180°', { quarters: 2 }, below.right, below.left],
    ['rotated by 90° clockwise', { quarters: 3 }, above.right, below.right],
    ['mirrored top to bottom', { mirrored: 'x' }, below.left, below.right],
    ['mirrored left to right', { mirrored: 'y' }, above.right, above.left],
  ] as const)('is %s, once, and the orientation in its Exif is ignored', async (_, way, orangeAt, blueAt) => {
    const { exif } = await sharp(await camera().withMetadata({ orientation: 6 }).jpeg().toBuffer()).metadata()
    const rendered = await render(heifOf({ ...scene, ...way, exif: exif?.subarray(EXIF_PREFIX) }))
    const lying = 'quarters' in way && way.quarters !== 2
    expect(rendered.facts).toMatchObject(lying ? { width: 192, height: 128 } : { width: 128, height: 192 })
    expect(rendered.facts).toMatchObject({ cameraMake: 'Likeness' })
    expect(await coloursOf(rendered, orangeAt, blueAt)).toEqual([near([200, 100, 60]), near([30, 30, 220])])
  })

  it('with an ICC profile, such as Display P3, is converted to sRGB', async () => {
    const { icc } = await sharp(await camera().withIccProfile('p3').png().toBuffer()).metadata()
    const rendered = await render(heifOf({ ...scene, colours: icc }))
    // Calculated from the primaries (SMPTE EG 432-1, IEC 61966-2-1).
    expect(await coloursOf(rendered, above.left)).toEqual([near([215, 93, 47])])
  })

  it.each([
    ['Display P3', { primaries: 12, transfer: 13 }, [215, 93, 47]],
    ['BT.2020', { primaries: 9, transfer: 14 }, [241, 76, 46]],
    ['sRGB', { primaries: 1, transfer: 13 }, [200, 100, 60]],
    ['unspecified', { primaries: 2, transfer: 2 }, [200, 100, 60]],
    ['an unknown code', { primaries: 250, transfer: 251 }, [200, 100, 60]],
  ] as [string, { primaries: number; transfer: number }, Colour][])(
    'with colour codes, %s, is converted to sRGB',
    async (_, colours, expected) => {
      const rendered = await render(heifOf({ ...scene, colours }))
      expect(await coloursOf(rendered, above.left)).toEqual([near(expected)])
    },
  )

  it('keeps its alpha, premultiplied or not', async () => {
    for (const name of ['alpha', 'multiplied']) {
      const { facts, files } = await render(fixture(name))
      expect(facts).toMatchObject({ hasAlpha: true, width: 64 })
      expect(files.map(({ format }) => format)).toEqual(['avif', 'webp'])
      const webp = await sharp(files[1]?.bytes).raw().toBuffer()
      const pixel = (32 * 64 + 48) * 4
      const [red = 0, green = 0, blueness = 0, alpha = 0] = webp.subarray(pixel)
      expect([red, green, blueness]).toEqual(near([200, 100, 60]))
      expect(alpha).toBeCloseTo(128, -1)
    }
  })

  it('with ten bits is rendered', async () => {
    expect(await coloursOf(await render(fixture('ten-bit')), above.left)).toEqual([near([200, 100, 60])])
  })

  it('with several pictures is rendered as its primary picture', async () => {
    const rendered = await render(heifOf({ tiles: [orange, blue, black], primary: 1 }))
    expect(rendered.facts).toMatchObject({ pages: 3, width: 64, height: 64, animated: false })
    expect(await coloursOf(rendered, above.left)).toEqual([near([30, 30, 220])])
  })

  it('that exceeds a limit according to its header is rejected before a pixel is decoded', async () => {
    const claimed = { width: 12_000, height: 9_000 }
    expect(await codeOf(heifOf({ ...scene, claimed }))).toBe('too-many-pixels')
    expect(await codeOf(heifOf({ ...scene, claimed: { width: 20_001, height: 1 } }))).toBe('side-too-long')
    expect(await codeOf(heifOf(scene), { maxPixels: 128 * 192 - 1 })).toBe('too-many-pixels')
    await expect(render(heifOf(scene), { maxPixels: 128 * 192, maxSide: 192 })).resolves.toBeDefined()
  })

  it('with dimensions that contradict its tiles is corrupt', async () => {
    expect(await codeOf(heifOf({ tiles: [orange], claimed: { width: 1_000, height: 1_000 } }))).toBe('corrupt-image')
    expect(await codeOf(heifOf({ ...scene, claimed: { width: 500, height: 500 } }))).toBe('corrupt-image')
  })

  it('that is truncated is corrupt, at any position', async () => {
    const whole = heifOf(scene)
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
      expect(await codeOf(whole.subarray(0, Math.floor(whole.length * part)))).toBe('corrupt-image')
    }
    const photo = fixture('photo')
    expect(await codeOf(photo.subarray(0, photo.length - 20))).toBe('corrupt-image')
  })

  it('that lacks a tile is corrupt', async () => {
    const data = blue.subarray(blue.lastIndexOf('mdat') + 4)
    const whole = heifOf(scene)
    const at = whole.indexOf(data)
    expect(await codeOf(whole.fill(0, at, at + data.length))).toBe('corrupt-image')
  })

  it('with any bytes changed is rendered or rejected, and the next one is rendered', async () => {
    const whole = heifOf({ ...scene, quarters: 1, colours: { primaries: 12, transfer: 13 } })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        async (changes) => {
          const changed = Buffer.from(whole)
          for (const [at, byte] of changes) changed[at] = byte
          const outcome = await render(changed).catch((error: unknown) => error)
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(PermanentError)
        },
      ),
      { numRuns: 100 },
    )
    await expect(render(whole)).resolves.toBeDefined()
  })

  it('with a codec other than HEVC is rejected', async () => {
    const strange = Buffer.from(heifOf(scene).toString('latin1').replaceAll('hvc1', 'vvc1'), 'latin1')
    expect(await codeOf(strange)).toMatch(/not-an-image|corrupt-image/)
  })
})

/** Bytes that sharp writes before the byte order. */
const EXIF_PREFIX = 6

function camera(): Sharp {
  const canvas = sharp({ create: { width: 2, height: 2, channels: 3, background: 'orange' } })
  return canvas.withExif({ IFD0: { Make: 'Likeness' } })
}
