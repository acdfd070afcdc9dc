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

/**
 * How a preset comes out of a source: scaled to `scaled`, of which `cut` is kept, which is then brought to
 * width × height. In this order nothing on the way is larger than the source or the outcome, however long and thin the
 * source is.
 */
export interface Fitting extends Dimensions {
  /** No more than the source, unless that is a drawing. */
  scaled: Dimensions
  cut: Dimensions
}

/**
 * Fits a preset onto an upright source. Nothing is enlarged, so a smaller source comes out with fewer pixels, unless
 * the preset asks for it or the source is scalable (a drawing). All in pixels.
 */
export function fit(preset: Preset, source: Dimensions, scalable: boolean): Fitting {
  const wanted = factorOf(preset, source)
  const factor = preset.enlarge || scalable ? wanted : Math.min(1, wanted)
  const most = scalable ? LONGEST_RENDITION / Math.max(source.width, source.height) : 1
  const scaled = scale(source, Math.min(factor, most))
  const whole = scale(source, factor)
  if (preset.fit !== 'cover' || preset.height === null) return { ...whole, scaled, cut: scaled }
  const width = Math.min(preset.width, whole.width)
  const height = Math.min(preset.height, whole.height)
  if (factor <= most) return { width, height, scaled, cut: { width, height } }
  const cut = scale({ width, height }, most / factor)
  return {
    width,
    height,
    scaled,
    cut: { width: Math.min(cut.width, scaled.width), height: Math.min(cut.height, scaled.height) },
  }
}

/** Whether anything of the source is cut away. */
export function crops({ scaled, cut }: Fitting): boolean {
  return !sameDimensions(scaled, cut)
}

export function sameDimensions(one: Dimensions, other: Dimensions): boolean {
  return one.width === other.width && one.height === other.height
}

/** The part of a scaled picture that lies nearest around the focal point. */
export function regionAround(focalPoint: FocalPoint, { scaled, cut }: Fitting): Region {
  return {
    left: clamp(Math.round(focalPoint.x * scaled.width - cut.width / 2), scaled.width - cut.width),
    top: clamp(Math.round(focalPoint.y * scaled.height - cut.height / 2), scaled.height - cut.height),
    ...cut,
  }
}

/** By how much the source is to be scaled, were enlarging no matter. */
function factorOf({ fit: way, width, height }: Preset, source: Dimensions): number {
  const across = width / source.width
  if (height === null) return Math.min(across, LONGEST_RENDITION / source.height)
  const down = height / source.height
  return way === 'cover' ? Math.max(across, down) : Math.min(across, down)
}

function scale({ width, height }: Dimensions, factor: number): Dimensions {
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most)
}
