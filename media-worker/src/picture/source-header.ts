import { open } from 'node:fs/promises'

import sharp, { type Metadata, type SharpOptions } from 'sharp'

import { coloursOf, type ColourReading } from './declared-colours.ts'
import { DRAWING_HEAD_BYTES, isDrawing, readDrawing, type Drawing } from './drawing.ts'
import { readExifFacts, readTiffFacts, type CameraFacts } from './exif-facts.ts'
import type { Dimensions } from './geometry.ts'
import { openHeif, type HeifFile } from './heif-file.ts'
import { rejectHeifSequence } from './heif-sequence.ts'
import { withEndMarker } from './jpeg-end.ts'
import { corruptPicture, messageOf, PictureError, tooManyFrames, UNSUPPORTED } from './picture-error.ts'
import type { PictureFacts } from './picture-facts.ts'
import { asDecoded, layoutOf, type SourceLayout } from './source-layout.ts'
import { isSrgb } from './srgb-profile.ts'
import { openTiff } from './tiff-directory.ts'
import { readTiffLayout, withTiff, type TiffLayout } from './tiff-layout.ts'

/** The limits of a picture, checked before any pixel is decoded. */
export interface PictureLimits {
  maxPixels: number
  maxSide: number
  maxFrames: number
  /** Bytes of pixels in the largest rendition, all frames together. */
  maxOutputBytes: number
}

/** The header of a source. Width and height are upright, of one frame. */
export interface SourceHeader extends SourceLayout, ColourReading {
  format: PictureFacts['format']
  /** A drawing is rendered from its own text for each size. */
  drawing: Drawing | null
  /** Decodes a HEIC, which sharp cannot read. */
  heif: HeifFile | null
  camera: CameraFacts
}

const formats = new Map<string, PictureFacts['format']>([
  ['jpeg', 'jpeg'],
  ['png', 'png'],
  ['webp', 'webp'],
  ['gif', 'gif'],
  ['tiff', 'tiff'],
])

/** Truncated or corrupt pixels are an error. */
const reading: SharpOptions = { failOn: 'error', limitInputPixels: false }

/**
 * Reads a source's header and checks the limits.
 *
 * @throws PictureError when it is not a picture, is corrupt or exceeds a limit; the system's error when it cannot be
 *   read
 */
export async function readSourceHeader(path: string, limits: PictureLimits): Promise<SourceHeader> {
  const head = await readHead(path)
  const header = isDrawing(head)
    ? await headerOfDrawing(await readDrawing(path, limits))
    : await readHeader(path, { head, limits })
  assertWithin(limits, header)
  const coded = header.placement?.coded ?? header.heif?.coded
  if (coded) assertWithin(limits, coded)
  if (header.animated && header.pages > limits.maxFrames) throw tooManyFrames(header.pages, limits)
  return header
}

/** An SVG that is read from a file may include neighbouring files; one that is read from text may not. */
async function headerOfDrawing(drawing: Drawing): Promise<SourceHeader> {
  const { input, reading: options } = drawing.at(drawing.pixels)
  try {
    const { hasAlpha } = await sharp(input, options).metadata()
    const facts = { ...drawing.pixels, format: 'svg', pages: 1, animated: false, hasAlpha } as const
    const colours = { profile: null, samples: null, camera: readExifFacts(null) }
    return { ...facts, ...colours, ...asDecoded, input, reading: options, drawing, heif: null }
  } catch (error) {
    throw corruptPicture(error)
  }
}

async function readHeader(
  path: string,
  { head, limits }: { head: Buffer; limits: PictureLimits },
): Promise<SourceHeader> {
  rejectHeifSequence(path, head)
  const tiff = isTiff(head) ? readTiffLayout(path) : null
  const metadata = await readMetadata(head, tiff ?? { input: path, reading: {} })
  const format = metadata ? formatOf(metadata, head) : 'heic'
  if (!metadata || format === 'heic') return headerOfHeic(path, openHeif(path, limits))
  const layout = layoutOf(path, format, metadata, limits)
  const completed = format === 'jpeg' ? await withEndMarker(path) : null
  const colours = coloursOf(metadata, { path, format, limits, layout, tiff })
  return {
    ...layout,
    ...(completed && { input: completed }),
    ...(tiff && { input: tiff.input, hasAlpha: tiff.samples?.hasAlpha ?? layout.hasAlpha }),
    drawing: null,
    ...colours,
    ...(layout.firstPage > 0 && { reading: { ...colours.reading, page: layout.firstPage } }),
    heif: null,
    format,
    camera: (tiff && withTiff(path, readTiffFacts)) ?? readExifFacts(metadata.exif),
  }
}

/** Null for a HEIF that libvips cannot read. */
async function readMetadata(
  head: Buffer,
  { input, reading: options }: Pick<TiffLayout, 'input' | 'reading'>,
): Promise<Metadata | null> {
  try {
    return await sharp(input, { ...reading, ...options }).metadata()
  } catch (error) {
    if (isHeif(head)) return null
    // libvips does not recognise a TIFF without a whole directory.
    const unknown = /unsupported image format/i.test(messageOf(error)) && !isTiff(head)
    throw unknown ? new PictureError('not-an-image', UNSUPPORTED, { cause: error }) : corruptPicture(error)
  }
}

/** sharp's libvips has no decoder for HEVC. */
function headerOfHeic(path: string, heif: HeifFile): SourceHeader {
  const { width, height, pages, hasAlpha, profile, exif } = heif
  const facts = { width, height, pages, hasAlpha, format: 'heic', animated: false } as const
  const ownProfile = profile && isSrgb(profile) ? null : profile
  return {
    ...facts,
    input: path,
    reading,
    drawing: null,
    heif,
    ...asDecoded,
    placement: heif.placement,
    profile: ownProfile,
    samples: null,
    camera: readExifFacts(exif),
  }
}

function assertWithin(limits: PictureLimits, { width, height }: Dimensions): void {
  if (Math.max(width, height) > limits.maxSide) {
    throw new PictureError(
      'side-too-long',
      `The picture has ${width} × ${height} pixels. The maximum width and height is ${limits.maxSide}.`,
    )
  }
  if (width * height > limits.maxPixels) {
    throw new PictureError(
      'too-many-pixels',
      `The picture has ${width * height} pixels. The maximum is ${limits.maxPixels}.`,
    )
  }
}

function formatOf(metadata: Metadata, head: Buffer): PictureFacts['format'] {
  // libvips guesses the codec from the major brand, but `mif1` does not determine it.
  if (metadata.format === 'heif') return metadata.compression === 'av1' || !isHeif(head) ? 'avif' : 'heic'
  const format = formats.get(metadata.format)
  if (!format) throw new PictureError('not-an-image', `Pictures of the type ${metadata.format} are not supported.`)
  return format
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(DRAWING_HEAD_BYTES), 0, DRAWING_HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function isTiff(head: Buffer): boolean {
  return openTiff((offset, length) => head.subarray(offset, offset + length)) !== null
}

/** Whether this is a HEIF without AV1, by its brands (ISO 23008-12). */
function isHeif(head: Buffer): boolean {
  if (head.toString('latin1', 4, 8) !== 'ftyp') return false
  return !/avi[fs]/.test(head.toString('latin1', 8, head.readUInt32BE(0)))
}
