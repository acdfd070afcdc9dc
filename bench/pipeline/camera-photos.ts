import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import sharp from 'sharp'

import { nameOf } from '../photos.ts'

const size = { width: 4000, height: 3000 }
/** A standard deviation of 10 of 255 before it is softened, as a sensor's is by demosaicing: about ISO 800. */
const GRAIN = 10
const SOFTENED = 0.6
/** What a phone's or a camera's file of 12 megapixels has. */
const most = 5_000_000
const qualities = [97, 95, 93, 91, 89, 87, 84, 80, 75, 70]

/**
 * Files as a camera writes them, of 4000 × 3000 pixels: each photo is scaled up to fill that, grained, and written as a
 * 4:2:0 JPEG of the highest quality that stays under 5 MB. Sizes of 1920 pixels and less then have the photo's own
 * detail again, as far as it has it.
 *
 * @returns their paths, in the folder
 */
export async function makeCameraPhotos(photos: string[], folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const paths: string[] = []
  for (const photo of photos) {
    const path = join(folder, `${nameOf(photo)}.jpg`)
    await makeCameraPhoto(photo, path)
    paths.push(path)
  }
  return paths
}

async function makeCameraPhoto(photo: string, path: string): Promise<void> {
  const { data, info } = await sharp(photo)
    .autoOrient()
    .resize(size.width, size.height, { fit: 'cover', kernel: 'cubic' })
    .toColourspace('srgb')
    .flatten()
    .composite([{ input: await grain(), blend: 'overlay' }])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  for (const quality of qualities) {
    await sharp(data, { raw: info }).jpeg({ quality }).toFile(path)
    if (statSync(path).size < most) return
  }
}

async function grain(): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: GRAIN }
  return sharp({ create: { ...size, channels: 3, background: '#808080', noise } })
    .blur(SOFTENED)
    .png({ compressionLevel: 0 })
    .toBuffer()
}
