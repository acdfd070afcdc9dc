import type { MediaKind, SourceFormat } from '@likeness/mediasdb'
import { fileTypeFromBuffer } from 'file-type'
import { imageSize } from 'image-size'

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
  assertDimensions(file.head, format, limits)
  return { kind: 'image', mimeType: mimeTypeOf(format), format }
}

/** The media type that a picture of this format is delivered with. */
export const mimeTypeOf = (format: string): string => (format === 'svg' ? 'image/svg+xml' : `image/${format}`)

async function mimeTypeFrom(head: Buffer): Promise<string | undefined> {
  if (looksLikeSvg(head)) return 'image/svg+xml'
  const heif = heifFormatOf(head)
  return heif ? mimeTypeOf(heif) : (await fileTypeFromBuffer(head))?.mime
}

function assertDimensions(head: Buffer, format: SourceFormat, { MAX_MEGAPIXELS, MAX_SIDE }: IdentifyLimits): void {
  const { width, height } = format === 'heic' || format === 'avif' ? heifDimensionsOf(head) : readDimensions(head)
  if (width > MAX_SIDE || height > MAX_SIDE) throw mediaProblems.sideTooLong(MAX_SIDE)
  if (width * height > MAX_MEGAPIXELS * 1e6) throw mediaProblems.tooManyPixels(MAX_MEGAPIXELS)
}

/** Zeros where the header is out of reach or broken: the worker decides then, with the same limits. */
function readDimensions(head: Buffer): { width: number; height: number } {
  try {
    return imageSize(head)
  } catch {
    return { width: 0, height: 0 }
  }
}
