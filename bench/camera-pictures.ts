import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { makeCameraPicture } from '@likeness/test-kit'
import sharp from 'sharp'

const size = { width: 4_000, height: 3_000 }

/** Noise, of 255, before it is softened as by demosaicing: like a sensor at about ISO 800. */
const GRAIN = 10
const SOFTENED = 0.6

/** The usual size of a 12-megapixel file from a camera or a phone. */
const MAX_BYTES = 5_000_000
const MAX_QUALITY = 97

/**
 * Writes JPEGs of 12 megapixels that resemble a camera's. Each photo is scaled to fill 4000 × 3000, gets a camera's grain,
 * and is written in the highest quality below 5 MB. Renditions of at most 1920 pixels then show the original detail of the
 * photo again, as far as it has any.
 *
 * @param photos files or bytes
 * @returns the paths of the JPEGs in `folder`
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

/** Draws pictures with the test kit, for a run without a folder of photos. */
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
  for (let quality = MAX_QUALITY; ; quality -= 4) {
    const bytes = await sharp(data, { raw: info }).jpeg({ quality }).toBuffer()
    if (bytes.length < MAX_BYTES) return bytes
  }
}

function drawGrain(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: GRAIN } as const
  return sharp({ create: { ...size, channels: 3, background: '#808080', noise } })
    .blur(SOFTENED)
    .png({ compressionLevel: 0 })
    .toBuffer()
}
