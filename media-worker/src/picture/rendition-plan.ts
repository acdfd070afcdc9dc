import type { Preset, RenditionFormat } from '@likeness/media-jobs'
// A separate entry: the render process must not load the AMQP client and zod, which took a third of its start time.
import { formatsFor } from '@likeness/media-jobs/formats'

import { crops, fit, type Dimensions, type Fitting } from './geometry.ts'
import { PictureError } from './picture-error.ts'
import type { PictureLimits, SourceHeader } from './source-header.ts'

/** Pixels for one or more presets. */
export interface PlannedPixels {
  fitting: Fitting
  encodings: PlannedEncoding[]
}

/** An encoding of these pixels, and the presets that share it. */
export interface PlannedEncoding {
  format: RenditionFormat
  /** 1–100; null for formats without a quality. */
  quality: number | null
  presets: string[]
}

/** Bytes of a decoded pixel: red, green, blue and alpha. */
const PIXEL_BYTES = 4

/**
 * Plans the renditions of these presets, the largest pixels first, so that each can be made from the previous ones.
 * Presets with the same pixels share them, and equal encodings are made once.
 */
export function planRenditions(presets: readonly Preset[], source: SourceHeader): PlannedPixels[] {
  const planned = new Map<string, PlannedPixels>()
  for (const preset of presets) {
    const fitting = fit(preset, source.drawing?.size ?? source, source.drawing !== null)
    const name = nameOf(fitting)
    const pixels = planned.get(name) ?? { fitting, encodings: [] }
    planned.set(name, pixels)
    for (const format of formatsFor(preset, source)) addEncoding(pixels, preset, format)
  }
  return [...planned.values()].toSorted(
    ({ fitting: one }, { fitting: other }) => area(other.scaled) - area(one.scaled) || area(other) - area(one),
  )
}

/** Bytes of the pixels of all frames, before or after cropping, whichever is larger. */
export function bytesOf({ fitting }: PlannedPixels, { animated, pages }: SourceHeader): number {
  return Math.max(area(fitting), area(fitting.scaled)) * (animated ? pages : 1) * PIXEL_BYTES
}

/** @throws PictureError when the largest planned rendition exceeds the limit */
export function assertOutputWithin(limits: PictureLimits, plan: PlannedPixels[], source: SourceHeader): void {
  const bytes = Math.max(...plan.map((planned) => bytesOf(planned, source)))
  if (bytes > limits.maxOutputBytes) {
    throw new PictureError(
      'output-too-large',
      `The largest rendition has ${bytes} bytes of pixels before encoding. The maximum is ${limits.maxOutputBytes}.`,
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
