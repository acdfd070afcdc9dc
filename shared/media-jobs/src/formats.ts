export const renditionFormats = ['avif', 'jpeg', 'webp', 'png', 'gif'] as const
export type RenditionFormat = (typeof renditionFormats)[number]

/** Formats that support animation. */
const movingFormats: readonly RenditionFormat[] = ['webp', 'gif']

/**
 * The formats in which a preset of this source is rendered. An animated source uses the preset's animated formats, else
 * WebP. With alpha, WebP replaces JPEG. Otherwise the preset's formats.
 */
export function formatsFor(
  preset: { formats: RenditionFormat[] },
  source: { animated: boolean; hasAlpha: boolean },
): RenditionFormat[] {
  if (source.animated) {
    const moving = preset.formats.filter((format) => movingFormats.includes(format))
    return moving.length > 0 ? moving : ['webp']
  }
  if (!source.hasAlpha) return preset.formats
  return [...new Set(preset.formats.map((format) => (format === 'jpeg' ? 'webp' : format)))]
}
