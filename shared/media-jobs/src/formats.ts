export const renditionFormats = ['avif', 'jpeg', 'webp', 'png', 'gif'] as const
export type RenditionFormat = (typeof renditionFormats)[number]

/** Of these, what can move. */
const movingFormats: readonly RenditionFormat[] = ['webp', 'gif']

/**
 * The formats in which a preset of this source exists: animated sources in what can move of the preset's, WebP if none
 * can; where alpha must survive, WebP stands in JPEG's place; else as the preset says.
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
