import type { MediaKind, SourceFormat } from '@likeness/mediasdb'

import { mediaProblems } from '../problems.ts'
import { heifDimensionsOf, heifFormatOf, isHeifSequence } from './heif-header.ts'
import { looksLikeSvg } from './looks-like-svg.ts'
import type { ReceivedFile } from './received-file.ts'

/** The type of a file, read from its bytes, never from its name or from the client's Content-Type. */
export interface FileIdentity {
  kind: MediaKind
  mimeType: string
  /** Null when the file is not a picture. */
  format: SourceFormat | null
}

export interface IdentifyLimits {
  MAX_MEGAPIXELS: number
  MAX_SIDE: number
  ATTACHMENT_TYPES: string[]
}

// Both packages are loaded at the first upload. This check lets the start fail if one of them is missing.
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

/** An animated PNG has two types; clients know it as a PNG. */
const supportedTypes = Object.keys(formats).filter((type) => type !== 'image/apng')

/**
 * Reads a received file's type from its first bytes and checks its dimensions. No pixels are decoded here.
 *
 * @throws {Problem} 413 `file-too-large`, 415 `unsupported-media-type`, `unsupported-animation`, 422 `empty-file`,
 *   `too-many-pixels`, `side-too-long`.
 */
export async function identifyFile(file: ReceivedFile, limits: IdentifyLimits): Promise<FileIdentity> {
  if (file.refusal) throw file.refusal
  if (file.bytes === 0) throw mediaProblems.emptyFile()
  const mimeType = await mimeTypeFrom(file.head)
  const format = mimeType ? formats[mimeType] : undefined
  if (!mimeType || (!format && !limits.ATTACHMENT_TYPES.includes(mimeType))) {
    throw mediaProblems.unsupportedFile(mimeType, [...supportedTypes, ...limits.ATTACHMENT_TYPES])
  }
  if (!format) return { kind: 'file', mimeType, format: null }
  await assertDimensions(file.head, format, limits)
  return { kind: 'image', mimeType: mimeTypeOf(format), format }
}

/** The media type of a picture format. */
export const mimeTypeOf = (format: string): string => (format === 'svg' ? 'image/svg+xml' : `image/${format}`)

async function mimeTypeFrom(head: Buffer): Promise<string | undefined> {
  if (looksLikeSvg(head)) return 'image/svg+xml'
  const heif = heifFormatOf(head)
  if (heif && isHeifSequence(head)) throw mediaProblems.unsupportedAnimation()
  if (heif) return mimeTypeOf(heif)
  const { fileTypeFromBuffer } = await import('file-type')
  return (await fileTypeFromBuffer(head))?.mime
}

async function assertDimensions(
  head: Buffer,
  format: SourceFormat,
  { MAX_MEGAPIXELS, MAX_SIDE }: IdentifyLimits,
): Promise<void> {
  // The units of an SVG are not pixels. An SVG is rendered in the sizes of the presets.
  if (format === 'svg') return
  const isHeif = format === 'heic' || format === 'avif'
  const { width, height } = isHeif ? heifDimensionsOf(head) : await readDimensions(head)
  if (width > MAX_SIDE || height > MAX_SIDE) throw mediaProblems.sideTooLong(MAX_SIDE)
  if (width * height > MAX_MEGAPIXELS * 1e6) throw mediaProblems.tooManyPixels(MAX_MEGAPIXELS)
}

/** Zeros when the header is broken or lies beyond the first bytes. The worker then checks the same limits. */
async function readDimensions(head: Buffer): Promise<{ width: number; height: number }> {
  const { imageSize } = await import('image-size')
  try {
    return imageSize(head)
  } catch {
    return { width: 0, height: 0 }
  }
}
