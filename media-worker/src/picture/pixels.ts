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

/**
 * Converts pixels with an ICC profile to sRGB. sharp reads profiles only from files, so the pixels are wrapped in a
 * TIFF.
 */
export function inSrgb(pixels: Pixels, profile: Buffer): Promise<Pixels> {
  return pixelsOf(sharp(tiffOf(pixels, profile), { limitInputPixels: false }).toColourspace('srgb'))
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

const SHORT = 3
const LONG = 4
const UNDEFINED = 7
const HEADER_BYTES = 8
const ENTRY_BYTES = 12

/** TIFF 6.0, uncompressed in one strip; red, green, blue and perhaps alpha. */
function tiffOf({ data, width, height, channels }: Pixels, profile: Buffer): Buffer {
  const entries = 12
  const bitsAt = HEADER_BYTES + 2 + entries * ENTRY_BYTES + 4
  const profileAt = bitsAt + 8
  const pixelsAt = profileAt + profile.length + (profile.length % 2)
  const head = Buffer.alloc(pixelsAt)
  head.write('II*\0', 'latin1')
  head.writeUInt32LE(HEADER_BYTES, 4)
  head.writeUInt16LE(entries, HEADER_BYTES)
  const fields = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    // Bits of each channel; 8.
    [258, SHORT, channels, bitsAt],
    // Not compressed.
    [259, SHORT, 1, 1],
    // Red, green and blue.
    [262, SHORT, 1, 2],
    [273, LONG, 1, pixelsAt],
    [277, SHORT, 1, channels],
    [278, LONG, 1, height],
    [279, LONG, 1, data.length],
    // Channels side by side.
    [284, SHORT, 1, 1],
    // The channel after blue, if any, is alpha, not premultiplied.
    [338, SHORT, channels - 3, 2],
    [34_675, UNDEFINED, profile.length, profileAt],
  ] as const
  for (const [index, [tag, type, count, value]] of fields.entries()) {
    const at = HEADER_BYTES + 2 + index * ENTRY_BYTES
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(type, at + 2)
    head.writeUInt32LE(count, at + 4)
    head.writeUInt32LE(value, at + 8)
  }
  for (let channel = 0; channel < channels; channel++) head.writeUInt16LE(8, bitsAt + channel * 2)
  profile.copy(head, profileAt)
  return Buffer.concat([head, data])
}
