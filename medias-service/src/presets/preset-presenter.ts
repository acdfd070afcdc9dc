import { fingerprintOf, presetSchema, type Preset } from '@likeness/media-jobs'
import { z } from 'zod'

const { name, fit, width, height, enlarge, formats, quality } = presetSchema.shape

export const presentedPreset = z
  .strictObject({
    name,
    fit: fit.describe(
      '`cover` fills width and height and crops the rest, `inside` scales until both sides fit, `width` scales to the width.',
    ),
    width,
    height: height.unwrap().describe('Null if `fit` is `width`.'),
    enlarge: enlarge.unwrap().describe('Whether smaller pictures are enlarged.'),
    formats: formats
      .unwrap()
      .describe(
        'Formats for pictures without alpha or animation. Pictures with alpha or animation can have other formats.',
      ),
    quality: quality.unwrap().describe('Quality for each format, from 1 to 100.'),
    fingerprint: z
      .string()
      .describe(
        'Hash of this definition for pictures without a focal point. Sizes that were rendered with another hash are stale.',
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
