import { createHash } from 'node:crypto'

import { z } from 'zod'

import { renditionFormats } from './formats.ts'

/** Increase this number when the same source and preset result in other bytes, so that older sizes become stale. */
export const PIPELINE_VERSION = 3

const LONGEST_SIDE = 16_383
const side = z.int().min(1).max(LONGEST_SIDE)
const quality = z.int().min(1).max(100)
const qualityOf = (format: string, standard: number) =>
  quality.default(standard).describe(`Quality of ${format}, from 1 to 100. Default: ${standard}.`)

/**
 * A preset. `cover` fills width × height and crops around the focal point; `inside` scales until both sides fit; `width`
 * scales to a width. Smaller sources are enlarged only with `enlarge`. `formats` applies to pictures without alpha and
 * animation; see `formatsFor` for others. PNG and GIF have no quality.
 */
export const presetSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9]{0,31}$/, 'must be lower-case letters and digits, starting with a letter'),
    fit: z.enum(['cover', 'inside', 'width']),
    width: side,
    height: side.nullable().default(null),
    enlarge: z.boolean().default(false),
    formats: z.array(z.enum(renditionFormats).describe('A format.')).min(1).default(['avif', 'jpeg']),
    quality: z
      .strictObject({ avif: qualityOf('AVIF', 60), jpeg: qualityOf('JPEG', 75), webp: qualityOf('WebP', 80) })
      .prefault({}),
  })
  .refine(
    (preset) => (preset.fit === 'width') === (preset.height === null),
    'must have a height with the fit cover or inside, and no height with the fit width',
  )
  .refine((preset) => new Set(preset.formats).size === preset.formats.length, {
    path: ['formats'],
    message: 'must not contain a format twice',
  })
export type Preset = z.infer<typeof presetSchema>

export const presetsSchema = z
  .array(presetSchema)
  .min(1)
  .max(50)
  .refine(
    (presets) => new Set(presets.map((preset) => preset.name)).size === presets.length,
    'must not contain a name twice',
  )

export const defaultPresets: readonly Preset[] = presetsSchema.parse([
  { name: 'thumb', fit: 'cover', width: 200, height: 200 },
  { name: 'small', fit: 'width', width: 320 },
  { name: 'medium', fit: 'width', width: 640 },
  { name: 'large', fit: 'width', width: 1280 },
  { name: 'xlarge', fit: 'width', width: 1920 },
])

/** The point that crops keep in view: `x` from the left and `y` from the top, both from 0 to 1. */
export interface FocalPoint {
  x: number
  y: number
}

/**
 * Identifies the definition that a rendition was made with: the first 16 hexadecimal digits of a hash of the pipeline
 * version, the preset without its name, and the focal point if the preset crops.
 *
 * @param focalPoint null when none is set
 * @param pipelineVersion default: this build's version
 */
export function fingerprintOf(
  preset: Preset,
  focalPoint: FocalPoint | null,
  pipelineVersion: number = PIPELINE_VERSION,
): string {
  const focus = focalPoint && [rounded(focalPoint.x), rounded(focalPoint.y)]
  return createHash('sha256')
    .update(fingerprintedText(preset, focus, pipelineVersion))
    .digest('hex')
    .slice(0, 16)
}

/**
 * The text that is hashed for the fingerprint. SQL can build this text for any focal point: it replaces only `focus`.
 *
 * @param focus the focal point, or a placeholder for it; used only if the preset crops
 */
export function fingerprintedText(preset: Preset, focus: unknown, pipelineVersion: number = PIPELINE_VERSION): string {
  const { fit, width, height, enlarge, quality: qualities } = preset
  const formats = preset.formats.toSorted()
  const { avif, jpeg, webp } = qualities
  const definition = [pipelineVersion, fit, width, height, formats, avif, jpeg, webp, fit === 'cover' ? focus : null]
  return JSON.stringify(enlarge ? [...definition, 'enlarge'] : definition)
}

/** Rounds to a ten-thousandth, which is less than a pixel of any rendition. */
function rounded(part: number): number {
  return Math.round(part * 10_000) / 10_000
}
