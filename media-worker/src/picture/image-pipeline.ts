import type { FocalPoint, Preset, RenditionFormat } from '@likeness/media-jobs'
import { renderAnimation } from './animation.ts'
import type { PictureFacts } from './picture-facts.ts'
import { readSourceHeader, type PictureLimits } from './source-header.ts'
import { renderStill } from './still-picture.ts'

export interface PictureRequest {
  /** The source, a file on this machine. */
  path: string
  presets: readonly Preset[]
  /** Null lets the crop find where the eye goes. */
  focalPoint: FocalPoint | null
  limits: PictureLimits
}

/** Bytes of one rendition, and every preset whose rendition they are: equal ones are encoded once. */
export interface RenditionFile {
  presets: string[]
  format: RenditionFormat
  width: number
  height: number
  bytes: Buffer
}

export interface RenderedPicture {
  facts: PictureFacts
  files: RenditionFile[]
}

/**
 * Renders a picture in every preset and format: upright, in sRGB, with nothing of its metadata, never enlarged.
 * Pure: a file and presets in, bytes and facts out.
 *
 * @throws PictureError when the picture is at fault; anything else is not the picture's fault
 */
export async function renderPicture(request: PictureRequest): Promise<RenderedPicture> {
  const header = await readSourceHeader(request.path, request.limits)
  return header.animated ? renderAnimation(header, request) : renderStill(header, request)
}
