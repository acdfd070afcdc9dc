import { formatsFor, type Preset, type RenditionFormat } from '@likeness/media-jobs'
import { fit, type Dimensions, type Fitting } from './geometry.ts'
import type { SourceHeader } from './source-header.ts'

/** Pixels that one or more presets need. */
export interface PlannedPixels {
  fitting: Fitting
  encodings: PlannedEncoding[]
}

/** One encoding of these pixels, for every preset that it serves. */
interface PlannedEncoding {
  format: RenditionFormat
  /** 1–100; null where the format has none. */
  quality: number | null
  presets: string[]
}

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
  return [...planned.values()].toSorted((one, other) => area(other.fitting.scaled) - area(one.fitting.scaled))
}

function addEncoding(pixels: PlannedPixels, preset: Preset, format: RenditionFormat): void {
  const quality = format === 'png' || format === 'gif' ? null : preset.quality[format]
  const same = pixels.encodings.find((encoding) => encoding.format === format && encoding.quality === quality)
  if (same) same.presets.push(preset.name)
  else pixels.encodings.push({ format, quality, presets: [preset.name] })
}

function nameOf({ width, height, scaled, crops }: Fitting): string {
  return crops ? `${width}x${height} of ${scaled.width}x${scaled.height}` : `${width}x${height}`
}

function area({ width, height }: Dimensions): number {
  return width * height
}
