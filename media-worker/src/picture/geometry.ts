import type { FocalPoint, Preset } from '@likeness/media-jobs'

/** WebP's longest side; AVIF's and JPEG's are longer. */
export const LONGEST_RENDITION = 16_383

export interface Dimensions {
  width: number
  height: number
}

export interface Region extends Dimensions {
  left: number
  top: number
}

/** How a preset comes out of a source: scaled to `scaled`, then cropped to width × height. */
export interface Fitting extends Dimensions {
  scaled: Dimensions
  /** Whether anything is cut away. */
  crops: boolean
}

/**
 * Fits a preset onto an upright source. Nothing is enlarged, so a smaller source comes out with fewer pixels, unless it
 * is scalable (a drawing). All in pixels.
 */
export function fit(preset: Preset, source: Dimensions, scalable: boolean): Fitting {
  const most = scalable ? Infinity : 1
  if (preset.height === null) {
    const { width, height } = source
    const factor = Math.min(most, preset.width / width, LONGEST_RENDITION / height)
    const scaled = scale(source, factor)
    return { ...scaled, scaled, crops: false }
  }
  const factor = Math.min(most, Math.max(preset.width / source.width, preset.height / source.height))
  const scaled = scale(source, factor)
  const width = Math.min(preset.width, scaled.width)
  const height = Math.min(preset.height, scaled.height)
  return { width, height, scaled, crops: width < scaled.width || height < scaled.height }
}

/** The part of a scaled picture that lies nearest around the focal point. */
export function regionAround(focalPoint: FocalPoint, fitting: Fitting): Region {
  const { scaled, width, height } = fitting
  return {
    left: clamp(Math.round(focalPoint.x * scaled.width - width / 2), scaled.width - width),
    top: clamp(Math.round(focalPoint.y * scaled.height - height / 2), scaled.height - height),
    width,
    height,
  }
}

function scale(source: Dimensions, factor: number): Dimensions {
  return {
    width: Math.max(1, Math.round(source.width * factor)),
    height: Math.max(1, Math.round(source.height * factor)),
  }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most)
}
