import sharp, { type Sharp } from 'sharp'

import type { Dimensions } from './geometry.ts'
import { THUMBHASH_SIDE, type RgbaPixels } from './picture-facts.ts'

/** Decoded pixels, upright, one byte per channel: grey or RGB, with or without alpha, which is not premultiplied. */
export interface Pixels extends Dimensions {
  data: Buffer
  channels: 1 | 2 | 3 | 4
}

/** A sharp instance that reads these pixels without a copy. */
export function over({ data, width, height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
}

/** Runs a sharp pipeline. Channels without a meaning (the fifth of a TIFF) are dropped. */
export async function pixelsOf(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const found: number = info.channels
  if (found <= 4) return { data, width, height, channels: info.channels }
  const kept = Buffer.alloc(width * height * 4)
  for (let pixel = 0; pixel < width * height; pixel++) data.copy(kept, pixel * 4, pixel * found, pixel * found + 4)
  return { data: kept, width, height, channels: 4 }
}

/** Runs a sharp pipeline and scales the result down for a thumbhash. */
export async function smallest(image: Sharp): Promise<RgbaPixels> {
  const { data, info } = await image
    .resize(THUMBHASH_SIDE, THUMBHASH_SIDE, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, rgba: data }
}
