import { createHash } from 'node:crypto'

import { z } from 'zod'

import { renditionFormats } from './formats.ts'

/** Raised when the same source and preset come out with other bytes, so that what is older shows as stale. */
export const PIPELINE_VERSION = 2

const LONGEST_SIDE = 16_383
const side = z.int().min(1).max(LONGEST_SIDE)
const quality = z.int().min(1).max(100)

/**
 * A preset: `cover` fills width × height and crops around the focal point, `inside` scales until both sides fit, `width`
 * scales to a width. Nothing is enlarged unless `enlarge` says so. `formats` are those of a plain picture; see
 * `formatsFor`. PNG and GIF have no quality.
 */
export const presetSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9]{0,31}$/, 'lower-case letters and digits, a letter first'),
    fit: z.enum(['cover', 'inside', 'width']),
    width: side,
    height: side.nullable().default(null),
    enlarge: z.boolean().default(false),
    formats: z.array(z.enum(renditionFormats)).min(1).default(['avif', 'jpeg']),
    quality: z
      .strictObject({ avif: quality.default(60), jpeg: quality.default(75), webp: quality.default(80) })
      .prefault({}),
  })
  .refine(
    (preset) => (preset.fit === 'width') === (preset.height === null),
    'a height goes with cover and inside, and only with them',
  )
  .refine((preset) => new Set(preset.formats).size === preset.formats.length, 'each format once')
export type Preset = z.infer<typeof presetSchema>

export const presetsSchema = z
  .array(presetSchema)
  .min(1)
  .max(50)
  .refine((presets) => new Set(presets.map((preset) => preset.name)).size === presets.length, 'each name once')

/** What is rendered where nobody says otherwise. */
export const defaultPresets: readonly Preset[] = presetsSchema.parse([
  { name: 'thumb', fit: 'cover', width: 200, height: 200 },
  { name: 'small', fit: 'width', width: 320 },
  { name: 'medium', fit: 'width', width: 640 },
  { name: 'large', fit: 'width', width: 1280 },
  { name: 'xlarge', fit: 'width', width: 1920 },
])

/** Where the eye goes: 0–1 from the left and from the top. */
export interface FocalPoint {
  x: number
  y: number
}

/**
 * What tells a rendition made by this definition from one made by another: 16 hexadecimal digits over the pipeline's
 * version, the preset's definition without its name, and the focal point where the preset crops.
 *
 * @param focalPoint null when none is set
 * @param pipelineVersion of the pipeline that renders, this build's unless told
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
 * The text whose SHA-256 a fingerprint begins. A database can make it too: for another focal point only what
 * stands in its place differs.
 *
 * @param focus what stands for the focal point, where the preset crops
 */
export function fingerprintedText(preset: Preset, focus: unknown, pipelineVersion: number = PIPELINE_VERSION): string {
  const { fit, width, height, enlarge, quality: qualities } = preset
  const formats = preset.formats.toSorted()
  const { avif, jpeg, webp } = qualities
  const definition = [pipelineVersion, fit, width, height, formats, avif, jpeg, webp, fit === 'cover' ? focus : null]
  return JSON.stringify(enlarge ? [...definition, 'enlarge'] : definition)
}

/** A ten-thousandth of a side is below a pixel of any rendition we make. */
function rounded(part: number): number {
  return Math.round(part * 10_000) / 10_000
}
