import { createHash } from 'node:crypto'
import { z } from 'zod'

/** Raised when the same source and preset come out with other bytes, so that what is older shows as stale. */
export const PIPELINE_VERSION = 1

export const renditionFormats = ['avif', 'jpeg', 'webp'] as const
export type RenditionFormat = (typeof renditionFormats)[number]

const quality = z.int().min(1).max(100)

/**
 * A preset: `cover` fills width × height and crops around the focal point, `width` scales to a width. Neither enlarges.
 * `formats` are those of a plain picture; see `formatsFor`.
 */
export const presetSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9]{0,31}$/, 'lower-case letters and digits'),
    fit: z.enum(['cover', 'width']),
    width: z.int().min(1).max(16_383),
    height: z.int().min(1).max(16_383).nullable(),
    formats: z.array(z.enum(renditionFormats)).min(1),
    quality: z.strictObject({ avif: quality, jpeg: quality, webp: quality }),
  })
  .refine(
    (preset) => (preset.fit === 'cover') === (preset.height !== null),
    'a height goes with cover, and only with it',
  )
  .refine((preset) => new Set(preset.formats).size === preset.formats.length, 'each format once')
export type Preset = z.infer<typeof presetSchema>

export const presetsSchema = z
  .array(presetSchema)
  .min(1)
  .refine((presets) => new Set(presets.map((preset) => preset.name)).size === presets.length, 'each name once')

/**
 * AVIF q60 at effort 0 is smaller and cheaper than WebP q80 at effort 4 at equal SSIM (docs, measured on photos);
 * JPEG is there for what cannot read AVIF.
 */
const plain = { formats: ['avif', 'jpeg'], quality: { avif: 60, jpeg: 80, webp: 80 } }

export const defaultPresets: readonly Preset[] = presetsSchema.parse([
  { name: 'thumb', fit: 'cover', width: 200, height: 200, ...plain },
  { name: 'small', fit: 'width', width: 320, height: null, ...plain },
  { name: 'medium', fit: 'width', width: 640, height: null, ...plain },
  { name: 'large', fit: 'width', width: 1280, height: null, ...plain },
  { name: 'xlarge', fit: 'width', width: 1920, height: null, ...plain },
])

/** Where the eye goes: 0–1 from the left and from the top. */
export interface FocalPoint {
  x: number
  y: number
}

/**
 * The formats in which a preset of this source exists: animated sources in WebP only; where alpha must survive, WebP
 * stands in JPEG's place; else as the preset says.
 */
export function formatsFor(preset: Preset, source: { animated: boolean; hasAlpha: boolean }): RenditionFormat[] {
  if (source.animated) return ['webp']
  if (!source.hasAlpha) return preset.formats
  return [...new Set(preset.formats.map((format) => (format === 'jpeg' ? 'webp' : format)))]
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
  const { fit, width, height, quality: qualities } = preset
  const formats = preset.formats.toSorted()
  const focus = fit === 'cover' && focalPoint ? [rounded(focalPoint.x), rounded(focalPoint.y)] : null
  const { avif, jpeg, webp } = qualities
  const definition = JSON.stringify([pipelineVersion, fit, width, height, formats, avif, jpeg, webp, focus])
  return createHash('sha256').update(definition).digest('hex').slice(0, 16)
}

/** A ten-thousandth of a side is below a pixel of any rendition we make. */
function rounded(part: number): number {
  return Math.round(part * 10_000) / 10_000
}
