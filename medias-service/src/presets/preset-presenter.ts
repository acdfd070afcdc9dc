import { fingerprintOf, presetSchema, type Preset } from '@likeness/media-jobs'
import { z } from 'zod'

const { name, fit, width, height, enlarge, formats, quality } = presetSchema.shape

export const presentedPreset = z
  .strictObject({
    name: name.describe('Name of the preset, which is part of the URLs of its sizes.'),
    fit: fit.describe(
      '`cover` fills width and height and crops the rest, `inside` scales until both sides fit, `width` scales to the width.',
    ),
    width: width.describe('Width in pixels, at most 16383.'),
    height: height.unwrap().describe('Height in pixels, at most 16383. Null if `fit` is `width`.'),
    enlarge: enlarge.unwrap().describe('Whether smaller pictures are enlarged.'),
    formats: formats
      .unwrap()
      .describe(
        'Formats for pictures without alpha or animation. Pictures with alpha or animation can have other formats.',
      ),
    quality: quality
      .unwrap()
      .meta({ id: 'PresetQuality', description: 'Quality for each format that has one, from 1 to 100.' }),
    fingerprint: z
      .string()
      .describe(
        'Hash of this definition for pictures without a focal point. Sizes that were rendered with another hash are stale.',
      ),
  })
  .meta({ id: 'Preset', description: 'The definition of a size in which every picture is rendered.' })

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
