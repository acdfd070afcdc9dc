import type { FocalPoint, Preset, RenditionFormat } from '@likeness/media-jobs'

import type { PictureFacts, RgbaPixels } from './picture-facts.ts'
import type { PictureLimits } from './source-header.ts'

/** The input of the pipeline. */
export interface PictureRequest {
  /** The source, a file on this machine. */
  path: string
  presets: readonly Preset[]
  /** Null: a crop keeps the part that attracts attention. */
  focalPoint: FocalPoint | null
  limits: PictureLimits
}

/** The bytes of a rendition, and the presets that share it: equal renditions are encoded once. */
export interface RenditionFile {
  presets: string[]
  format: RenditionFormat
  width: number
  height: number
  bytes: Buffer
}

/** The result of rendering the pixels. */
export interface RenderedPixels {
  files: RenditionFile[]
  /** The whole picture, its first frame, at most 100 pixels a side. */
  small: RgbaPixels
}

/** The output of the pipeline. */
export interface RenderedPicture {
  facts: PictureFacts
  files: RenditionFile[]
}
