import type { Preset, RenditionFormat } from '@likeness/media-jobs'
// An entry of its own: the render process must not load the broker's client and zod, which cost it a third of its start.
import { formatsFor } from '@likeness/media-jobs/formats'

import { crops, fit, type Dimensions, type Fitting } from './geometry.ts'
import { PictureError } from './picture-error.ts'
import type { PictureLimits, SourceHeader } from './source-header.ts'

/** Pixels that one or more presets need. */
export interface PlannedPixels {
  fitting: Fitting
  encodings: PlannedEncoding[]
}

/** One encoding of these pixels, for every preset that it serves. */
export interface PlannedEncoding {
  format: RenditionFormat
  /** 1–100; null where the format has none. */
  quality: number | null
  presets: string[]
}

/** What a pixel takes before it is encoded: a byte each of red, green, blue and alpha. */
const PIXEL_BYTES = 4

/**
 * What has to be made for these presets, the largest pixels first, so that each can be made from those before it.
 * Presets that come out with the same pixels share them, and what is encoded alike is encoded once.
 */
export function planRenditions(presets: readonly Preset[], source: SourceHeader): PlannedPixels[] {
  const planned = new Map<string, PlannedPixels>()
  for (const preset of presets) {
    const fitting = fit(preset, source, source.format === 'svg')
    const name = nameOf(fitting)
    const pixels = planned.get(name) ?? { fitting, encodings: [] }
    planned.set(name, pixels)
    for (const format of formatsFor(preset, source)) addEncoding(pixels, preset, format)
  }
  return [...planned.values()].toSorted(
    ({ fitting: one }, { fitting: other }) => area(other.scaled) - area(one.scaled) || area(other) - area(one),
  )
}

/** Bytes of the pixels that this takes, before it is cut down or after, all frames. */
export function bytesOf({ fitting }: PlannedPixels, { animated, pages }: SourceHeader): number {
  return Math.max(area(fitting), area(fitting.scaled)) * (animated ? pages : 1) * PIXEL_BYTES
}

/** @throws PictureError when the largest of what is planned is over the limit */
export function assertOutputWithin(limits: PictureLimits, plan: PlannedPixels[], source: SourceHeader): void {
  const bytes = Math.max(...plan.map((planned) => bytesOf(planned, source)))
  if (bytes > limits.maxOutputBytes) {
    throw new PictureError(
      'output-too-large',
      `The largest rendition has ${bytes} bytes of pixels; there may be ${limits.maxOutputBytes}`,
    )
  }
}

function addEncoding(pixels: PlannedPixels, preset: Preset, format: RenditionFormat): void {
  const quality = format === 'png' || format === 'gif' ? null : preset.quality[format]
  const same = pixels.encodings.find((encoding) => encoding.format === format && encoding.quality === quality)
  if (same) same.presets.push(preset.name)
  else pixels.encodings.push({ format, quality, presets: [preset.name] })
}

function nameOf(fitting: Fitting): string {
  const { width, height, scaled, cut } = fitting
  const name = `${width}x${height}`
  return crops(fitting) ? `${name} from ${cut.width}x${cut.height} of ${scaled.width}x${scaled.height}` : name
}

function area({ width, height }: Dimensions): number {
  return width * height
}
