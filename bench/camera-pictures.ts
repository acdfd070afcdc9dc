import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { makeCameraPicture } from '@likeness/test-kit'
import sharp from 'sharp'

const size = { width: 4_000, height: 3_000 }

/** Of 255, before it is softened as demosaicing does: what a sensor has at about ISO 800. */
const GRAIN = 10

/** What a camera's or a phone's file of 12 megapixels has. */
const MOST_BYTES = 5_000_000

/**
 * Writes JPEGs of 12 megapixels with as much in them as a camera's files have: photos of a folder (or what the test-kit
 * draws, without one) are scaled to 4000 × 3000, grained, and written in the highest quality that stays under 5 MB.
 *
 * @returns their paths, in `folder`
 */
export async function makeCameraPictures(
  photosFolder: string | undefined,
  folder: string,
  count: number,
): Promise<string[]> {
  const photos = photosFolder === undefined ? [] : listPhotos(photosFolder)
  const grain = await drawGrain()
  const paths: string[] = []
  for (let index = 0; index < count; index++) {
    const photo = photos[index % photos.length] ?? (await makeCameraPicture({ ...size, hue: index * 40 })).bytes
    const path = join(folder, `camera-${index}.jpg`)
    await writeFile(path, await grained(photo, grain))
    paths.push(path)
  }
  return paths
}

function listPhotos(folder: string): string[] {
  const photos = readdirSync(folder).filter((name) => /\.jpe?g$/i.test(name))
  if (photos.length === 0) throw new Error(`${folder} has no JPEG`)
  return photos.toSorted().map((name) => join(folder, name))
}

async function grained(photo: string | Buffer, grain: Buffer): Promise<Buffer> {
  const { data, info } = await sharp(photo)
    .autoOrient()
    .toColourspace('srgb')
    .resize(size.width, size.height, { fit: 'cover', kernel: 'cubic' })
    .composite([{ input: grain, blend: 'overlay' }])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  for (let quality = 95; ; quality -= 4) {
    const bytes = await sharp(data, { raw: info }).jpeg({ quality }).toBuffer()
    if (bytes.length < MOST_BYTES) return bytes
  }
}

function drawGrain(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: GRAIN } as const
  return sharp({ create: { ...size, channels: 3, background: '#808080', noise } })
    .blur(0.6)
    .png({ compressionLevel: 0 })
    .toBuffer()
}
