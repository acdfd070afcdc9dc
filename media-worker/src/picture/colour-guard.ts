import sharp, { type Metadata, type Sharp } from 'sharp'

import { firstFrameOf } from './apng-frames.ts'
import { openHeif } from './heif-file.ts'
import { coloursLost } from './picture-error.ts'
import type { RgbaPixels } from './picture-facts.ts'
import { over } from './pixels.ts'
import type { PictureRequest } from './rendered-picture.ts'
import type { SourceHeader } from './source-header.ts'

/** Differences of a byte that rounding and encoding alone can cause in a picture of one colour. */
const NOISE = 2
/** Part of the range of samples by which they must differ. A fine pattern differs by half of it when it is scaled. */
const VISIBLE = 1 / 8
/** Dark samples of more than 8 bits differ if the largest one is twice the smallest one, and this part of their range larger. */
const DARK = 1 / 2_048
const TWICE = 0.5
/**
 * Many programs use only a small part of 32 bits, without a convention for white. Such samples differ if they do so by this
 * part of the largest one.
 */
const SMALL_PART = 1 / 256
const DISTINCT = 0.01

/** The value of white in each depth. */
const ranges = { uchar: 255, ushort: 65_535, uint: 4_294_967_295, float: 1 }
type Depth = keyof typeof ranges

interface Range {
  min: number
  max: number
}

/**
 * Compares a picture that came out in one colour with the samples of its source, before any conversion of colours. Only
 * for such a picture, the source is decoded once more. Both are scaled alike, so that a single dot or a fine pattern
 * disappears in both.
 *
 * @throws PictureError when the samples of the source differ
 */
export async function assertColoursKept(
  header: SourceHeader,
  small: RgbaPixels,
  { path, limits }: Pick<PictureRequest, 'path' | 'limits'>,
): Promise<void> {
  if (header.drawing || header.premultiplied || !isFlat(small)) return
  const compare = (image: Sharp): Promise<void> => compareSamples(image, header, small)
  if (header.heif) return openHeif(path, limits).decode((pixels) => compare(over(pixels)))
  const input = header.apng ? firstFrameOf(header.apng) : header.input
  if (input) await compare(sharp(input, { ...header.reading, ignoreIcc: true }))
}

async function compareSamples(image: Sharp, header: SourceHeader, small: RgbaPixels): Promise<void> {
  const metadata = await image.metadata()
  const { depth } = metadata
  if (!isDepth(depth)) return
  const side = Math.max(small.width, small.height)
  const scaled = visiblePart(image, header).resize(side, side, { fit: 'inside', withoutEnlargement: true })
  const { colours, alpha } = await readRanges(scaled, metadata, depth)
  // The other two channels of CIELab are signed.
  const compared =
    header.samples?.model === undefined || header.samples.model === 'device' ? colours : colours.slice(0, 1)
  const isLost = isTransparent(small) ? isOpaque(metadata, alpha) : compared.some((channel) => differs(channel, depth))
  if (isLost) throw coloursLost()
}

/** Whether all pixels are equal. Those of a transparent picture are, whatever their colours. */
function isFlat({ rgba }: RgbaPixels): boolean {
  let isVaried = false
  let isSeen = false
  for (let at = 0; at < rgba.length && !(isVaried && isSeen); at++) {
    isVaried ||= Math.abs((rgba[at] ?? 0) - (rgba[at % 4] ?? 0)) > NOISE
    isSeen ||= at % 4 === 3 && rgba[at] !== 0
  }
  return !(isVaried && isSeen)
}

function visiblePart(image: Sharp, { placement }: SourceHeader): Sharp {
  return placement ? image.autoOrient().extract(placement.region) : image.autoOrient()
}

/** The ranges of the channels of colour, where they can be seen, and of alpha. */
async function readRanges(
  image: Sharp,
  { space, hasAlpha }: Metadata,
  depth: Depth,
): Promise<{ colours: Range[]; alpha: Range | null }> {
  const { data, info } = await image.toColourspace(space).raw({ depth }).toBuffer({ resolveWithObject: true })
  const samples = samplesOf(data, depth)
  // sharp returns grey of 8 bits without its alpha.
  const colours = info.channels - (hasAlpha && info.channels > 1 ? 1 : 0)
  const channels = Array.from({ length: info.channels }, (): number[] => [])
  for (let at = 0; at < samples.length; at += info.channels) {
    const isHidden = colours < info.channels && samples[at + colours] === 0
    for (const [index, channel] of channels.entries()) {
      if (index >= colours || !isHidden) channel.push(samples[at + index] ?? 0)
    }
  }
  const [alpha] = channels.slice(colours)
  return { colours: channels.slice(0, colours).map(spread), alpha: alpha ? spread(alpha) : null }
}

function isTransparent({ rgba }: RgbaPixels): boolean {
  return rgba.every((part, at) => at % 4 < 3 || part === 0)
}

/** Whether the source can be seen, although every rendition is transparent. */
function isOpaque({ hasAlpha }: Metadata, alpha: Range | null): boolean {
  return !hasAlpha || (alpha !== null && alpha.max > 0)
}

function differs({ min, max }: Range, depth: Depth): boolean {
  const range = ranges[depth]
  const difference = max - min
  const largest = Math.max(Math.abs(min), Math.abs(max))
  if (difference > range * VISIBLE) return true
  if (depth === 'uchar') return false
  if (depth !== 'ushort' && largest < range * SMALL_PART) return difference > largest * DISTINCT
  return difference > range * DARK && difference >= largest * TWICE
}

function isDepth(depth: string): depth is Depth {
  return depth in ranges
}

function samplesOf(data: Buffer, depth: Depth): ArrayLike<number> {
  const { buffer, byteOffset, length } = data
  if (depth === 'ushort') return new Uint16Array(buffer, byteOffset, length / 2)
  if (depth === 'uint') return new Uint32Array(buffer, byteOffset, length / 4)
  return depth === 'float' ? new Float32Array(buffer, byteOffset, length / 4) : data
}

function spread(values: ArrayLike<number>): Range {
  let min = Infinity
  let max = -Infinity
  for (let at = 0; at < values.length; at++) {
    min = Math.min(min, values[at] ?? 0)
    max = Math.max(max, values[at] ?? 0)
  }
  return { min, max }
}
