import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'

import sharp, { type Metadata, type SharpOptions } from 'sharp'

import { DRAWING_HEAD_BYTES, isDrawing, readDrawing } from './drawing.ts'
import { readExifFacts, readTiffFacts, type CameraFacts } from './exif-facts.ts'
import type { Dimensions } from './geometry.ts'
import { isGifWhole } from './gif-blocks.ts'
import { openHeif, type HeifFile } from './heif-file.ts'
import { PictureError } from './picture-error.ts'
import type { PictureFacts } from './picture-facts.ts'
import { isSrgb } from './srgb-profile.ts'

/** What a picture may be at most; all of it is known before a pixel is decoded. */
export interface PictureLimits {
  maxPixels: number
  maxSide: number
  maxFrames: number
  /** Pixels that the largest rendition puts out, all frames of it. */
  maxOutputBytes: number
}

/** A source as its header tells of it; width and height upright, of one frame. */
export interface SourceHeader extends Pick<
  PictureFacts,
  'width' | 'height' | 'format' | 'pages' | 'animated' | 'hasAlpha'
> {
  /** What sharp reads, and how: the file, or for a drawing its text. Where it cannot, `heif` decodes it. */
  input: string | Buffer
  reading: SharpOptions
  heif: HeifFile | null
  /** The ICC profile of the pixels that are read; null where that is sRGB, or sharp has seen to it. */
  profile: Buffer | null
  /** Whether sharp brings the pixels to Display P3, as it does with 16 bits that have a profile. */
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

/** Pixels that are cut short or broken fail. */
const reading: SharpOptions = { failOn: 'error', limitInputPixels: false }

/**
 * Reads a source's header and holds it against the limits.
 *
 * @throws PictureError when it is no picture, broken, or over a limit; the system's error when the file cannot be read
 */
export async function readSourceHeader(path: string, limits: PictureLimits): Promise<SourceHeader> {
  const head = await readHead(path)
  // A drawing that is read from a file may draw in what lies beside it; from its text alone it may not.
  const input = isDrawing(head) ? await readDrawing(path) : path
  const header = await readHeader(path, input, { head, limits })
  assertWithin(limits, header)
  if (header.heif) assertWithin(limits, { ...header, ...header.heif.coded })
  if (header.animated && header.pages > limits.maxFrames) {
    throw new PictureError('too-many-frames', `${header.pages} frames; there may be ${limits.maxFrames}`)
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
  if (format === 'gif' && !isGifWhole(path)) throw new PictureError('corrupt-image', 'The GIF ends before its end')
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

/** Null where a HEIF has what libvips does not know. */
async function readMetadata(input: string | Buffer, head: Buffer): Promise<Metadata | null> {
  try {
    return await sharp(input, reading).metadata()
  } catch (error) {
    if (isHeif(head)) return null
    const unknown = /unsupported image format/i.test(messageOf(error))
    throw unknown
      ? new PictureError('not-an-image', 'The bytes are of no picture that we know', { cause: error })
      : new PictureError('corrupt-image', messageOf(error), { cause: error })
  }
}

/** The libvips that comes with sharp has no decoder for HEVC. */
function headerOfHeic(path: string, heif: HeifFile): SourceHeader {
  const { width, height, pages, hasAlpha, profile, exif } = heif
  const facts = { width, height, pages, hasAlpha, format: 'heic', animated: false } as const
  const ownProfile = profile && isSrgb(profile) ? null : profile
  return { ...facts, input: path, reading, heif, profile: ownProfile, inP3: false, camera: readExifFacts(exif) }
}

/**
 * How the colours of a still picture are read. sharp would bring plain red, green and blue to sRGB before it scales,
 * which costs three times as much as after, and would do so from sRGB as well. What is not so plain is left to it.
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

/** libvips reads ICC profiles only, and an AVIF may say its colours in codes. */
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
    throw new PictureError('side-too-long', `${width} × ${height} pixels; a side may have ${limits.maxSide}`)
  }
  if (width * height > limits.maxPixels) {
    throw new PictureError('too-many-pixels', `${width * height} pixels; there may be ${limits.maxPixels}`)
  }
}

function formatOf(metadata: Metadata): PictureFacts['format'] {
  if (metadata.format === 'heif') return metadata.compression === 'av1' ? 'avif' : 'heic'
  const format = formats.get(metadata.format)
  if (!format) throw new PictureError('not-an-image', `Pictures of type ${metadata.format} are not accepted`)
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

/** A HEIF with something other than AV1 inside, by the brands it names (ISO 23008-12). */
function isHeif(head: Buffer): boolean {
  if (head.toString('latin1', 4, 8) !== 'ftyp') return false
  return !/avi[fs]/.test(head.toString('latin1', 8, head.readUInt32BE(0)))
}

/** What an error says, for those that are no Error as well. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
