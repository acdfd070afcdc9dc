import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { makeCameraPicture } from '@likeness/test-kit'
import sharp from 'sharp'

const size = { width: 4_000, height: 3_000 }

/** Of 255, before it is softened as demosaicing does: what a sensor has at about ISO 800. */
const GRAIN = 10
const SOFTENED = 0.6

/** What a camera's or a phone's file of 12 megapixels has. */
const MOST_BYTES = 5_000_000
const MOST_QUALITY = 97

/**
 * Writes files as a camera does, JPEGs of 12 megapixels: each photo is scaled to fill 4000 × 3000, grained, and written
 * in the highest quality that stays under 5 MB. Sizes of 1920 pixels and less then have the photo's own detail again, as
 * far as it has it.
 *
 * @param photos files or bytes
 * @returns their paths, in `folder`
 */
export async function makeCameraPictures(photos: (string | Buffer)[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const grain = await drawGrain()
  const paths: string[] = []
  for (const [index, photo] of photos.entries()) {
    const path = join(folder, `camera-${index}.jpg`)
    await writeFile(path, await grained(photo, grain))
    paths.push(path)
  }
  return paths
}

/** Where there are no photos: what the test-kit draws. */
export async function drawPhotos(count: number): Promise<Buffer[]> {
  const hues = Array.from({ length: count }, (_, index) => index * 40)
  return Promise.all(hues.map(async (hue) => (await makeCameraPicture({ ...size, hue })).bytes))
}

async function grained(photo: string | Buffer, grain: Buffer): Promise<Buffer> {
  const { data, info } = await sharp(photo)
    .autoOrient()
    .resize(size.width, size.height, { fit: 'cover', kernel: 'cubic' })
    .toColourspace('srgb')
    .flatten()
    .composite([{ input: grain, blend: 'overlay' }])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  for (let quality = MOST_QUALITY; ; quality -= 4) {
    const bytes = await sharp(data, { raw: info }).jpeg({ quality }).toBuffer()
    if (bytes.length < MOST_BYTES) return bytes
  }
}

function drawGrain(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: GRAIN } as const
  return sharp({ create: { ...size, channels: 3, background: '#808080', noise } })
    .blur(SOFTENED)
    .png({ compressionLevel: 0 })
    .toBuffer()
}
