import type { Metadata } from 'sharp'

import { firstFrameOf } from './apng-frames.ts'
import { leavesGaps } from './apng-gaps.ts'
import { readApng, type Apng } from './apng.ts'
import { readAvifLayout } from './avif-layout.ts'
import type { Dimensions } from './geometry.ts'
import { readGifBlocks } from './gif-blocks.ts'
import { composeGif } from './gif-canvas.ts'
import { dimensionsPlaced, type HeifPlacement } from './heif-placement.ts'
import { corruptPicture, tooManyFrames } from './picture-error.ts'
import type { PictureFacts } from './picture-facts.ts'
import { dimensionsTurned, NO_TURN, turnOfOrientation, type Turn } from './turn.ts'

/** Where the visible pixels of a source are: in one picture or in frames, cropped, turned, with or without alpha. */
export interface SourceLayout extends Pick<PictureFacts, 'width' | 'height' | 'pages' | 'animated' | 'hasAlpha'> {
  /** sharp's input. */
  input: string | Buffer
  /** The visible part of the decoded pixels of a HEIC or AVIF, if the decoder returns others. */
  placement: HeifPlacement | null
  /** Whether the colours that sharp decodes are multiplied by alpha. */
  premultiplied: boolean
  /** Whether the samples that sharp decodes are grey in the narrow range of video. */
  narrow: boolean
  /** The frames of an animated PNG, which sharp does not read, or the only frame if it does not cover the canvas. */
  apng: Apng | null
  /** The number of the first frame in sharp's input. */
  firstPage: number
  /** How the frames of an animation become upright. sharp turns a still picture itself. */
  turn: Turn
}

/** The decoder returns the visible picture, with colours of the full range that are not multiplied by alpha. */
export const asDecoded = {
  placement: null,
  premultiplied: false,
  narrow: false,
  apng: null,
  firstPage: 0,
  turn: NO_TURN,
} as const

/**
 * The layout of a source that sharp reads.
 *
 * @throws PictureError when it is corrupt or has too many frames; the system's error when it cannot be read
 */
export function layoutOf(
  path: string,
  format: PictureFacts['format'],
  metadata: Metadata,
  limits: { maxFrames: number },
): SourceLayout {
  const { width, height } = metadata.autoOrient
  const { pages = 1, hasAlpha } = metadata
  const still = { ...asDecoded, input: path, width, height, pages, animated: false, hasAlpha }
  if (format === 'avif') return layoutOfAvif(still)
  if (format === 'png') return layoutOfPng(still, metadata, limits)
  if (format === 'gif') return layoutOfGif(still, metadata, limits)
  if (format === 'webp' && pages > 1) return layoutOfAnimation(still, metadata)
  return still
}

interface StillLayout extends SourceLayout {
  input: string
}

function layoutOfAvif(still: StillLayout): SourceLayout {
  const avif = readAvifLayout(still.input)
  return { ...still, ...avif, ...(avif.placement ? dimensionsPlaced(avif.placement) : {}) }
}

function layoutOfPng(still: StillLayout, metadata: Metadata, limits: { maxFrames: number }): SourceLayout {
  const apng = readApng(still.input, limits)
  if (!apng) return still
  const turn = turnOfOrientation(metadata.orientation)
  if (apng.frames.length === 1) {
    const input = firstFrameOf(apng)
    return input ? { ...still, input } : { ...still, hasAlpha: true, apng, turn }
  }
  const hasAlpha = metadata.hasAlpha || leavesGaps(apng)
  return { ...still, ...dimensionsTurned(apng, turn), pages: apng.frames.length, animated: true, hasAlpha, apng, turn }
}

function layoutOfGif(still: StillLayout, metadata: Metadata, limits: { maxFrames: number }): SourceLayout {
  if (still.pages > limits.maxFrames) throw tooManyFrames(still.pages, limits)
  const blocks = readGifBlocks(still.input)
  if (!blocks) throw corruptPicture('the GIF ends too early')
  const layout = still.pages > 1 ? layoutOfAnimation(still, metadata) : still
  // libvips ends at a block that it does not know.
  return blocks.frames.length === still.pages ? { ...layout, ...composeGif(still.input, blocks, layout) } : layout
}

function layoutOfAnimation(still: StillLayout, metadata: Metadata): SourceLayout {
  const turn = turnOfOrientation(metadata.orientation)
  const frame: Dimensions = { width: metadata.width, height: metadata.pageHeight ?? metadata.height }
  return { ...still, ...dimensionsTurned(frame, turn), animated: true, turn }
}
