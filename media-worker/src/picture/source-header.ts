import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'

import sharp, { type Metadata, type SharpOptions } from 'sharp'

import { DRAWING_HEAD_BYTES, isDrawing, readDrawing } from './drawing.ts'
import { readExifFacts, readTiffFacts, type CameraFacts } from './exif-facts.ts'
import type { Dimensions } from './geometry.ts'
import { isGifWhole } from './gif-blocks.ts'
import { openHeif, type HeifFile } from './heif-file.ts'
import { corruptPicture, messageOf, PictureError, UNSUPPORTED } from './picture-error.ts'
import type { PictureFacts } from './picture-facts.ts'
import { isSrgb } from './srgb-profile.ts'

/** The limits of a picture, checked before any pixel is decoded. */
export interface PictureLimits {
  maxPixels: number
  maxSide: number
  maxFrames: number
  /** Bytes of pixels in the largest rendition, all frames together. */
  maxOutputBytes: number
}

/** The header of a source. Width and height are upright, of one frame. */
export interface SourceHeader extends Pick<
  PictureFacts,
  'width' | 'height' | 'format' | 'pages' | 'animated' | 'hasAlpha'
> {
  /** sharp's input: the file, or the text of a drawing. If sharp cannot read it, `heif` decodes it. */
  input: string | Buffer
  reading: SharpOptions
  heif: HeifFile | null
  /** The ICC profile of the decoded pixels; null when they are sRGB, or sharp converts them. */
  profile: Buffer | null
  /** Whether sharp converts the pixels to Display P3, as it does for 16 bits with a profile. */
  inP3: boolean
  camera: CameraFacts
}

const formats = new Map<string, PictureFacts['format']>([
  ['jpeg', 'jpeg'],
  ['png', 'png'],
  ['webp', 'webp'],
  ['gif', 'gif'],
  ['tiff', 'tiff'],
  ['svg', 'svg'],
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
  // An SVG that is read from a file may include neighbouring files; one that is read from text may not.
  const input = isDrawing(head) ? await readDrawing(path) : path
  const header = await readHeader(path, input, { head, limits })
  assertWithin(limits, header)
  if (header.heif) assertWithin(limits, { ...header, ...header.heif.coded })
  if (header.animated && header.pages > limits.maxFrames) {
    throw new PictureError(
      'too-many-frames',
      `The animation has ${header.pages} frames. The maximum is ${limits.maxFrames}.`,
    )
  }
  return header
}

async function readHeader(
  path: string,
  input: string | Buffer,
  { head, limits }: { head: Buffer; limits: PictureLimits },
): Promise<SourceHeader> {
  const metadata = await readMetadata(input, head)
  const format = metadata ? formatOf(metadata) : 'heic'
  if (!metadata || format === 'heic') return headerOfHeic(path, openHeif(path, limits))
  if (format === 'gif' && !isGifWhole(path)) throw corruptPicture('the GIF ends too early')
  const animated = (format === 'gif' || format === 'webp') && (metadata.pages ?? 1) > 1
  const { width, height } = metadata.autoOrient
  return {
    input,
    ...coloursOf(metadata, { path, format, animated, limits }),
    heif: null,
    width,
    height: animated ? (metadata.pageHeight ?? height) : height,
    format,
    pages: metadata.pages ?? 1,
    animated,
    hasAlpha: metadata.hasAlpha,
    camera: format === 'tiff' ? readTiffFile(path) : readExifFacts(metadata.exif),
  }
}

/** Null for a HEIF that libvips cannot read. */
async function readMetadata(input: string | Buffer, head: Buffer): Promise<Metadata | null> {
  try {
    return await sharp(input, reading).metadata()
  } catch (error) {
    if (isHeif(head)) return null
    const unknown = /unsupported image format/i.test(messageOf(error))
    throw unknown ? new PictureError('not-an-image', UNSUPPORTED, { cause: error }) : corruptPicture(error)
  }
}

/** sharp's libvips has no decoder for HEVC. */
function headerOfHeic(path: string, heif: HeifFile): SourceHeader {
  const { width, height, pages, hasAlpha, profile, exif } = heif
  const facts = { width, height, pages, hasAlpha, format: 'heic', animated: false } as const
  const ownProfile = profile && isSrgb(profile) ? null : profile
  return { ...facts, input: path, reading, heif, profile: ownProfile, inP3: false, camera: readExifFacts(exif) }
}

/**
 * How the colours of a still picture are read. sharp would convert plain RGB to sRGB before scaling, which takes three
 * times as long as after it, and would even convert from sRGB. Other colours are left to sharp.
 */
function coloursOf(
  { icc, space, depth }: Metadata,
  { path, format, animated, limits }: { path: string; format: string; animated: boolean; limits: PictureLimits },
): Pick<SourceHeader, 'reading' | 'profile' | 'inP3'> {
  const left = { reading, profile: null, inP3: icc !== undefined && space === 'rgb16' }
  if (!icc) return { ...left, profile: format === 'avif' ? profileOfAvif(path, limits) : null }
  const isPlain = space === 'srgb' && depth === 'uchar' && icc.toString('latin1', 16, 20) === 'RGB '
  if (animated || !isPlain) return left
  return { ...left, reading: { ...reading, ignoreIcc: true }, profile: isSrgb(icc) ? null : icc }
}

/** libvips reads only ICC profiles, but an AVIF may define its colours by codes. */
function profileOfAvif(path: string, limits: PictureLimits): Buffer | null {
  try {
    return openHeif(path, limits).profile
  } catch (error) {
    if (error instanceof PictureError) return null
    throw error
  }
}

function readTiffFile(path: string): CameraFacts {
  const file = openSync(path, 'r')
  try {
    return readTiffFacts((offset, length) => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset))
    })
  } finally {
    closeSync(file)
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

function formatOf(metadata: Metadata): PictureFacts['format'] {
  if (metadata.format === 'heif') return metadata.compression === 'av1' ? 'avif' : 'heic'
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

/** Whether this is a HEIF without AV1, by its brands (ISO 23008-12). */
function isHeif(head: Buffer): boolean {
  if (head.toString('latin1', 4, 8) !== 'ftyp') return false
  return !/avi[fs]/.test(head.toString('latin1', 8, head.readUInt32BE(0)))
}
