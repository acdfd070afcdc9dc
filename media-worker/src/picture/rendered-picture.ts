import type { FocalPoint, Preset, RenditionFormat } from '@likeness/media-jobs'

import type { PictureFacts, RgbaPixels } from './picture-facts.ts'
import type { PictureLimits } from './source-header.ts'

/** What the pipeline is asked for. */
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

/** What comes of the pixels. */
export interface RenderedPixels {
  files: RenditionFile[]
  /** The whole picture, its first frame, at most 100 pixels a side. */
  small: RgbaPixels
}

/** What the pipeline answers. */
export interface RenderedPicture {
  facts: PictureFacts
  files: RenditionFile[]
}
