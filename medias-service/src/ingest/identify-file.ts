import type { MediaKind, SourceFormat } from '@likeness/mediasdb'

import { mediaProblems } from '../problems.ts'
import { heifDimensionsOf, heifFormatOf } from './heif-header.ts'
import { looksLikeSvg } from './looks-like-svg.ts'
import type { ReceivedFile } from './received-file.ts'

/** What a file is, told by its bytes, never by its name or by what the client says of it. */
export interface FileIdentity {
  kind: MediaKind
  mimeType: string
  /** Null for what is not a picture. */
  format: SourceFormat | null
}

export interface IdentifyLimits {
  MAX_MEGAPIXELS: number
  MAX_SIDE: number
  ATTACHMENT_TYPES: string[]
}

// Both are loaded for the first upload. A missing one must fail here, at the start.
for (const name of ['file-type', 'image-size']) import.meta.resolve?.(name)

const formats: Record<string, SourceFormat> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/apng': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/tiff': 'tiff',
  'image/avif': 'avif',
  'image/heic': 'heic',
  'image/svg+xml': 'svg',
}

/**
 * Tells a received file's type from its first bytes, and holds its header to the limits. No pixel is decoded here.
 *
 * @throws {Problem} 413 `file-too-large`, 415 `unsupported-media-type`, 422 `empty-file`, `too-many-pixels`,
 *   `side-too-long`.
 */
export async function identifyFile(file: ReceivedFile, limits: IdentifyLimits): Promise<FileIdentity> {
  if (file.refusal) throw file.refusal
  if (file.bytes === 0) throw mediaProblems.emptyFile()
  const mimeType = await mimeTypeFrom(file.head)
  const format = mimeType ? formats[mimeType] : undefined
  if (!mimeType || (!format && !limits.ATTACHMENT_TYPES.includes(mimeType))) {
    throw mediaProblems.unsupportedFile(mimeType)
  }
  if (!format) return { kind: 'file', mimeType, format: null }
  await assertDimensions(file.head, format, limits)
  return { kind: 'image', mimeType: mimeTypeOf(format), format }
}

/** The media type that a picture of this format is delivered with. */
export const mimeTypeOf = (format: string): string => (format === 'svg' ? 'image/svg+xml' : `image/${format}`)

async function mimeTypeFrom(head: Buffer): Promise<string | undefined> {
  if (looksLikeSvg(head)) return 'image/svg+xml'
  const heif = heifFormatOf(head)
  if (heif) return mimeTypeOf(heif)
  const { fileTypeFromBuffer } = await import('file-type')
  return (await fileTypeFromBuffer(head))?.mime
}

async function assertDimensions(
  head: Buffer,
  format: SourceFormat,
  { MAX_MEGAPIXELS, MAX_SIDE }: IdentifyLimits,
): Promise<void> {
  const isHeif = format === 'heic' || format === 'avif'
  const { width, height } = isHeif ? heifDimensionsOf(head) : await readDimensions(head)
  if (width > MAX_SIDE || height > MAX_SIDE) throw mediaProblems.sideTooLong(MAX_SIDE)
  if (width * height > MAX_MEGAPIXELS * 1e6) throw mediaProblems.tooManyPixels(MAX_MEGAPIXELS)
}

/** Zeros where the header is out of reach or broken: the worker decides then, with the same limits. */
async function readDimensions(head: Buffer): Promise<{ width: number; height: number }> {
  const { imageSize } = await import('image-size')
  try {
    return imageSize(head)
  } catch {
    return { width: 0, height: 0 }
  }
}
