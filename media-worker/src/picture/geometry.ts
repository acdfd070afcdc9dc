import type { FocalPoint, Preset } from '@likeness/media-jobs'

/** Maximum width and height of a WebP; AVIF and JPEG allow more. */
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
 * The steps from a source to a preset: scale the source to `scaled`, crop it to `cut`, and resize the result to
 * width × height. In this order no intermediate picture is larger than the source or the result, even for a very long and
 * thin source.
 */
export interface Fitting extends Dimensions {
  /** Not larger than the source, unless it is a drawing. */
  scaled: Dimensions
  cut: Dimensions
}

/**
 * Calculates the steps from an upright source to a preset, in pixels. The source is enlarged only if the preset says so or
 * the source is scalable (a drawing); otherwise a smaller source results in fewer pixels than the preset's.
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

/** Whether a part of the source is cropped. */
export function crops({ scaled, cut }: Fitting): boolean {
  return !sameDimensions(scaled, cut)
}

export function sameDimensions(one: Dimensions, other: Dimensions): boolean {
  return one.width === other.width && one.height === other.height
}

/** The region of a scaled picture that is centred on the focal point, or as close to it as the edges allow. */
export function regionAround(focalPoint: FocalPoint, { scaled, cut }: Fitting): Region {
  return {
    left: clamp(Math.round(focalPoint.x * scaled.width - cut.width / 2), scaled.width - cut.width),
    top: clamp(Math.round(focalPoint.y * scaled.height - cut.height / 2), scaled.height - cut.height),
    ...cut,
  }
}

/** The factor by which the source must be scaled, regardless of whether it may be enlarged. */
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
