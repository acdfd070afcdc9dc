import sharp, { type Sharp } from 'sharp'

import { readHdr } from './hdr-colours.ts'
import { spaceOf } from './icc-tags.ts'
import { pixelsOf, type Pixels } from './pixels.ts'
import { convertedSamples, type Samples } from './sample-colours.ts'

/**
 * Converts pixels with an ICC profile to sRGB. A profile for another colour space than that of the pixels, or an invalid
 * one, changes nothing.
 */
export async function inSrgb(pixels: Pixels, profile: Buffer): Promise<Pixels> {
  const isGrey = pixels.channels < 3 || spaceOf(profile) === 'GRAY'
  const converted = isGrey || readHdr(profile) ? convertedSamples(pixels, profile) : null
  if (converted) return converted
  // Grey with a profile of RGB that has tables.
  if (pixels.channels < 3 && spaceOf(profile) !== 'GRAY') return pixels
  return pixelsOf(wrapped(pixels, profile).toColourspace('srgb'))
}

/**
 * Converts samples of 16 bits to sRGB before they are reduced to 8 bits: of linear or HDR colours, 8 bits would lose the
 * dark half.
 *
 * @param profile null: sRGB
 */
export async function samplesInSrgb(samples: Samples, profile: Buffer | null): Promise<Pixels> {
  const converted = convertedSamples(samples, profile)
  if (converted || !profile) return converted ?? reduced(samples)
  // sharp ignores a profile of 16 bits grey.
  if (samples.channels < 3) return inSrgb(reduced(samples), profile)
  // sharp converts 16 bits to Display P3 first.
  const image = wrapped(samples, profile).toColourspace('rgb16').withIccProfile('srgb')
  const { data, info } = await image.raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true })
  return reduced({
    ...samples,
    data: new Uint16Array(data.buffer, data.byteOffset, data.length / 2),
    width: info.width,
  })
}

/** Reduces samples of 16 bits to 8 bits. */
function reduced({ data, ...shape }: Samples): Pixels {
  if (!(data instanceof Uint16Array)) return { ...shape, data: Buffer.from(data.buffer, data.byteOffset, data.length) }
  const bytes = Buffer.allocUnsafe(data.length)
  for (let at = 0; at < data.length; at++) bytes[at] = Math.round((data[at] ?? 0) / 257)
  return { ...shape, data: bytes }
}

/** sharp reads profiles only from files, so the samples are wrapped in a TIFF. */
function wrapped(samples: Samples, profile: Buffer): Sharp {
  return sharp(tiffOf(samples, profile), { limitInputPixels: false })
}

const SHORT = 3
const LONG = 4
const UNDEFINED = 7
const HEADER_BYTES = 8
const ENTRY_BYTES = 12
const BLACK_IS_ZERO = 1
const RGB = 2

/** TIFF 6.0, uncompressed in one strip; grey or RGB, and perhaps alpha. */
function tiffOf({ data, width, height, channels }: Samples, profile: Buffer): Buffer {
  const entries = 12
  const bitsAt = HEADER_BYTES + 2 + entries * ENTRY_BYTES + 4
  const profileAt = bitsAt + 8
  const pixelsAt = profileAt + profile.length + (profile.length % 2)
  const head = Buffer.alloc(pixelsAt)
  head.write('II*\0', 'latin1')
  head.writeUInt32LE(HEADER_BYTES, 4)
  head.writeUInt16LE(entries, HEADER_BYTES)
  const colours = channels < 3 ? 1 : 3
  const bits = data.BYTES_PER_ELEMENT * 8
  const fields = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    // Bits of each channel. Up to two values are stored in the entry itself.
    [258, SHORT, channels, channels < 3 ? bits | (bits << 16) : bitsAt],
    // Not compressed.
    [259, SHORT, 1, 1],
    [262, SHORT, 1, colours === 1 ? BLACK_IS_ZERO : RGB],
    [273, LONG, 1, pixelsAt],
    [277, SHORT, 1, channels],
    [278, LONG, 1, height],
    [279, LONG, 1, data.byteLength],
    // Channels side by side.
    [284, SHORT, 1, 1],
    // The channel after the colours, if any, is alpha, not premultiplied.
    [338, SHORT, channels - colours, 2],
    [34_675, UNDEFINED, profile.length, profileAt],
  ] as const
  for (const [index, [tag, type, count, value]] of fields.entries()) {
    const at = HEADER_BYTES + 2 + index * ENTRY_BYTES
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(type, at + 2)
    head.writeUInt32LE(count, at + 4)
    head.writeUInt32LE(value, at + 8)
  }
  for (let channel = 0; channel < channels; channel++) head.writeUInt16LE(bits, bitsAt + channel * 2)
  profile.copy(head, profileAt)
  return Buffer.concat([head, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)])
}
