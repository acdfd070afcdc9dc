import { fingerprintOf, presetSchema, type Preset } from '@likeness/media-jobs'
import { z } from 'zod'

const { name, fit, width, height, enlarge, formats, quality } = presetSchema.shape

export const presentedPreset = z
  .strictObject({
    name,
    fit: fit.describe(
      '`cover` fills width and height and crops, `inside` fits into both, `width` scales to the width alone.',
    ),
    width,
    height: height.unwrap().describe('Null for `width`.'),
    enlarge: enlarge.unwrap().describe('Whether a smaller source is enlarged.'),
    formats: formats.unwrap().describe('For a picture without alpha or animation; those change the formats.'),
    quality: quality.unwrap().describe('By format, 1 to 100.'),
    fingerprint: z
      .string()
      .describe(
        'Identifies this definition in renditions without a focal point. A rendition with another one is stale.',
      ),
  })
  .meta({ id: 'Preset' })

/** The representation of a preset. */
export function presentPreset(preset: Preset): z.output<typeof presentedPreset> {
  return {
    name: preset.name,
    fit: preset.fit,
    width: preset.width,
    height: preset.height,
    enlarge: preset.enlarge,
    formats: preset.formats,
    quality: preset.quality,
    fingerprint: fingerprintOf(preset, null),
  }
}
