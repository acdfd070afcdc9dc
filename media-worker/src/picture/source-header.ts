import { open, readFile } from 'node:fs/promises'
import sharp, { type Metadata, type SharpOptions } from 'sharp'
import { isGifWhole } from './gif-blocks.ts'
import { PictureError } from './picture-error.ts'
import type { PictureFacts } from './picture-facts.ts'

/** What a picture may be at most; all of it is known before a pixel is decoded. */
export interface PictureLimits {
  maxPixels: number
  maxSide: number
  maxFrames: number
}

/** A source as its header tells of it; width and height upright, of one frame. */
export interface SourceHeader extends Pick<
  PictureFacts,
  'width' | 'height' | 'format' | 'pages' | 'animated' | 'hasAlpha'
> {
  /** What sharp reads: the file, or for a drawing its text. */
  input: string | Buffer
}

/** How much of a file is looked at to tell a drawing from a picture; libvips looks at as much. */
const HEAD_BYTES = 1_000

const formats = new Map<string, PictureFacts['format']>([
  ['jpeg', 'jpeg'],
  ['png', 'png'],
  ['webp', 'webp'],
  ['gif', 'gif'],
  ['tiff', 'tiff'],
  ['svg', 'svg'],
])

/** sharp's ways to read a source; pixels that are cut short or broken fail. */
export const reading: SharpOptions = { failOn: 'error', limitInputPixels: false }

/**
 * Reads a source's header and holds it against the limits.
 *
 * @throws PictureError when it is no picture, broken, or over a limit; the system's error when the file cannot be read
 */
export async function readSourceHeader(path: string, limits: PictureLimits): Promise<SourceHeader> {
  const head = await readHead(path)
  // A drawing that is read from a file may draw in what lies beside it; from its text alone it may not.
  const input = isDrawing(head) ? await readFile(path) : path
  const metadata = await readMetadata(input, head)
  const format = formatOf(metadata)
  if (format === 'gif' && !isGifWhole(path)) throw new PictureError('corrupt-image', 'The GIF ends before its end')
  const animated = (format === 'gif' || format === 'webp') && (metadata.pages ?? 1) > 1
  const { width, height } = metadata.autoOrient
  const header = {
    input,
    width,
    height: animated ? (metadata.pageHeight ?? height) : height,
    format,
    pages: metadata.pages ?? 1,
    animated,
    hasAlpha: metadata.hasAlpha,
  }
  assertWithin(limits, header)
  return header
}

function assertWithin(limits: PictureLimits, { width, height, pages, animated }: SourceHeader): void {
  if (Math.max(width, height) > limits.maxSide) {
    throw new PictureError('side-too-long', `${width} × ${height} pixels; a side may have ${limits.maxSide}`)
  }
  if (width * height > limits.maxPixels) {
    throw new PictureError('too-many-pixels', `${width * height} pixels; there may be ${limits.maxPixels}`)
  }
  if (animated && pages > limits.maxFrames) {
    throw new PictureError('too-many-frames', `${pages} frames; there may be ${limits.maxFrames}`)
  }
}

async function readMetadata(input: string | Buffer, head: Buffer): Promise<Metadata> {
  try {
    return await sharp(input, reading).metadata()
  } catch (error) {
    if (isHeic(head)) {
      throw new PictureError('heic-not-readable', 'This build of libvips has no decoder for HEIC', { cause: error })
    }
    const known = !/unsupported image format/i.test(messageOf(error))
    if (known) throw new PictureError('corrupt-image', messageOf(error), { cause: error })
    throw new PictureError('not-an-image', 'The bytes are of no picture that we know', { cause: error })
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
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function isDrawing(head: Buffer): boolean {
  return !head.includes(0) && /<svg[\s>]/i.test(head.toString('latin1'))
}

/** ISO 23008-12: the brands of HEIF with HEVC inside, and those that do not tell. */
function isHeic(head: Buffer): boolean {
  return /^(heic|heix|heim|heis|hevc|hevx|mif1|msf1)$/.test(head.toString('latin1', 8, 12)) && head.includes('ftyp')
}

/** What an error says, for those that are no Error as well. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
