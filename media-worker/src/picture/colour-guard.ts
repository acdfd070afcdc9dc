import sharp from 'sharp'

import { coloursLost } from './picture-error.ts'
import type { RgbaPixels } from './picture-facts.ts'
import type { RenditionFile } from './rendered-picture.ts'
import type { SourceHeader } from './source-header.ts'

/** Differences of a byte that encoding alone can cause in a picture of one colour. */
const ENCODING_NOISE = 2
/** A quarter of the difference between two values of a byte: smaller differences cannot be seen in any rendition. */
const LEAST_RANGE = 1 / 1_024
/** Standard deviation, as a part of the range, of a picture in which more than single dots differ. */
const LEAST_SPREAD = 0.02
const ranges = new Map([
  ['uchar', 255],
  ['ushort', 65_535],
  ['uint', 4_294_967_295],
])

/**
 * Compares a picture that came out in one colour with the samples of its source, before any conversion of colours. Only
 * for such a picture, the source is decoded once more.
 *
 * @throws PictureError when the samples of the source differ
 */
export async function assertColoursKept(
  header: SourceHeader,
  { small, files }: { small: RgbaPixels; files: RenditionFile[] },
): Promise<void> {
  // A clean aperture can show one colour of a picture with more.
  if (header.animated || header.drawing || header.heif || header.placement || !isFlat(small)) return
  const [largest] = files.toSorted((one, other) => other.width * other.height - one.width * one.height)
  if (!largest || !(await isOneColour(largest.bytes))) return
  if (await hasContrast(header)) throw coloursLost()
}

/** Whether all pixels are equal, and can be seen. */
function isFlat({ rgba }: RgbaPixels): boolean {
  for (let at = 0; at < rgba.length; at += 1) if (rgba[at] !== rgba[at % 4]) return false
  return (rgba[3] ?? 0) > 0
}

async function isOneColour(rendition: Buffer): Promise<boolean> {
  const { channels } = await sharp(rendition, { limitInputPixels: false }).stats()
  return channels.every(({ min, max }) => max - min <= ENCODING_NOISE)
}

async function hasContrast({ input, reading }: SourceHeader): Promise<boolean> {
  const source = sharp(input, { ...reading, limitInputPixels: false })
  const { depth, hasAlpha } = await source.metadata()
  const { channels } = await source.stats()
  const colours = hasAlpha ? channels.slice(0, -1) : channels
  return colours.some(({ min, max, stdev }) => {
    const range = max - min
    return range / (ranges.get(depth) ?? 1) > LEAST_RANGE && stdev / range > LEAST_SPREAD
  })
}
