import sharp, { type Sharp } from 'sharp'

import { drawLandscape } from './picture-drawing.ts'

/** A file to upload, with its properties. */
export interface TestPicture {
  filename: string
  mimeType: string
  bytes: Buffer
  /** In pixels, after the orientation was applied. */
  width: number
  height: number
}

type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/**
 * A JPEG as a camera writes it: pixels in the order of the sensor, an Exif orientation, GPS coordinates, the camera's name
 * and a time.
 *
 * @param options.width in pixels, upright
 * @param options.height in pixels, upright
 */
export async function makeCameraPicture({
  width = 1600,
  height = 1200,
  orientation = 1 as Orientation,
  hue = 210,
} = {}): Promise<TestPicture> {
  const stored = await asStored(await renderPixels(drawLandscape({ width, height, hue })), orientation)
  const bytes = await sharp(stored.data, { raw: stored.info })
    .removeAlpha()
    .withExif({
      IFD0: { Make: 'Likeness', Model: 'Test camera', Orientation: String(orientation) },
      IFD2: { DateTimeOriginal: '2024:05:17 10:30:00' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '52/1 22/1 1200/100',
        GPSLongitudeRef: 'E',
        GPSLongitude: '4/1 53/1 3900/100',
      },
    })
    .withMetadata({ orientation })
    .jpeg({ quality: 90 })
    .toBuffer()
  return { filename: `camera-${orientation}.jpg`, mimeType: 'image/jpeg', bytes, width, height }
}

/** A PNG with a transparent sky. */
export async function makeTransparentPicture({ width = 900, height = 675, hue = 20 } = {}): Promise<TestPicture> {
  const bytes = await sharp(Buffer.from(drawLandscape({ width, height, hue, transparent: true })))
    .png()
    .toBuffer()
  return { filename: 'transparent.png', mimeType: 'image/png', bytes, width, height }
}

/** A PNG with 16 bits per channel. */
export async function makeSixteenBitPicture({ width = 800, height = 600, hue = 280 } = {}): Promise<TestPicture> {
  const pixels = await renderPixels(drawLandscape({ width, height, hue }))
  const bytes = await sharp(pixels.data, { raw: pixels.info }).removeAlpha().toColourspace('rgb16').png().toBuffer()
  return { filename: 'sixteen-bit.png', mimeType: 'image/png', bytes, width, height }
}

/** A JPEG in CMYK, as print shops use. */
export async function makePrintPicture({ width = 1000, height = 750, hue = 340 } = {}): Promise<TestPicture> {
  const pixels = await renderPixels(drawLandscape({ width, height, hue }))
  const bytes = await sharp(pixels.data, { raw: pixels.info })
    .removeAlpha()
    .toColourspace('cmyk')
    .jpeg({ quality: 90 })
    .toBuffer()
  return { filename: 'print-cmyk.jpg', mimeType: 'image/jpeg', bytes, width, height }
}

/** An animated picture: the sun moves along its circle once. */
export async function makeAnimation({
  format = 'gif' as 'gif' | 'webp',
  width = 400,
  height = 300,
  hue = 160,
  frames = 8,
} = {}): Promise<TestPicture> {
  const pages = await Promise.all(
    Array.from({ length: frames }, (_, index) =>
      sharp(Buffer.from(drawLandscape({ width, height, hue, turn: (index * 360) / frames })))
        .png()
        .toBuffer(),
    ),
  )
  const timing = { delay: pages.map(() => 120), loop: 0 }
  const joined = sharp(pages, { join: { animated: true } })
  const bytes = await (format === 'gif' ? joined.gif(timing) : joined.webp({ ...timing, quality: 80 })).toBuffer()
  return { filename: `animation.${format}`, mimeType: `image/${format}`, bytes, width, height }
}

/** An SVG, which has no pixel size of its own. */
export function makeVectorPicture({ width = 640, height = 480, hue = 90 } = {}): TestPicture {
  const bytes = Buffer.from(drawLandscape({ width, height, hue }))
  return { filename: 'drawing.svg', mimeType: 'image/svg+xml', bytes, width, height }
}

/** The first part of a picture, as if the connection broke: a complete header, but not all pixels. */
export function truncatePicture(picture: TestPicture, share = 0.6): TestPicture {
  const bytes = picture.bytes.subarray(0, Math.floor(picture.bytes.length * share))
  return { ...picture, filename: `truncated-${picture.filename}`, bytes }
}

/** A text file with the name and type of a JPEG. */
export function makeImpostor(): TestPicture {
  const bytes = Buffer.from('This is a text, whatever its name says.\n'.repeat(50))
  return { filename: 'impostor.jpg', mimeType: 'image/jpeg', bytes, width: 0, height: 0 }
}

interface Pixels {
  data: Buffer
  info: { width: number; height: number; channels: 1 | 2 | 3 | 4 }
}

async function renderPixels(svg: string): Promise<Pixels> {
  const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { data, info: { width: info.width, height: info.height, channels: 4 } }
}

/** Rotates upright pixels so that this orientation turns them upright again (Exif 2.32, tag 274). */
async function asStored(upright: Pixels, orientation: Orientation): Promise<Pixels> {
  const turns = { 1: 0, 2: 0, 3: 180, 4: 180, 5: 90, 6: 270, 7: 270, 8: 90 }[orientation]
  const mirrored = orientation === 2 || orientation === 4 || orientation === 5 || orientation === 7
  const turned = await transform(upright, (picture) => picture.rotate(turns))
  return mirrored ? transform(turned, (picture) => picture.flop()) : turned
}

async function transform(pixels: Pixels, change: (picture: Sharp) => Sharp): Promise<Pixels> {
  const { data, info } = await change(sharp(pixels.data, { raw: pixels.info }))
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, info: { width: info.width, height: info.height, channels: 4 } }
}
