export const renditionFormats = ['avif', 'jpeg', 'webp', 'png', 'gif'] as const
export type RenditionFormat = (typeof renditionFormats)[number]

/** Formats that support animation. */
const animatedFormats: readonly RenditionFormat[] = ['webp', 'gif']

/**
 * The formats in which a source is rendered for a preset. An animated source is rendered only in formats of the preset
 * that support animation, or in WebP if there are none. For a source with alpha, WebP replaces JPEG.
 */
export function formatsFor(
  preset: { formats: RenditionFormat[] },
  source: { animated: boolean; hasAlpha: boolean },
): RenditionFormat[] {
  if (source.animated) {
    const animated = preset.formats.filter((format) => animatedFormats.includes(format))
    return animated.length > 0 ? animated : ['webp']
  }
  if (!source.hasAlpha) return preset.formats
  return [...new Set(preset.formats.map((format) => (format === 'jpeg' ? 'webp' : format)))]
}
