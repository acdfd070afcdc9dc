export const MAX_SLUG_CHARACTERS = 100

/**
 * The slug of a name: words in lower case, with letters and digits of any script, joined by hyphens. 'Été à la Mer' →
 * 'ete-a-la-mer'. Signs that distinguish names become words: 'C++' → 'c-plus-plus', 'C#' → 'c-sharp', '.NET' →
 * 'dot-net'. Empty for a name that has neither letters, digits nor such signs.
 *
 * Diacritics are removed from Latin and Greek letters only. In other scripts, a mark makes a different letter (が, й), or
 * is a letter itself (कि).
 */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/([\p{Script=Latin}\p{Script=Greek}])\p{M}+/gu, '$1')
    // Remove characters that turn a digit or a heart into an emoji. Unicode classifies them as marks.
    .replace(/[\p{Me}\p{Variation_Selector}]/gu, '')
    .toLowerCase()
    .normalize('NFC')
  const spelled = signs.reduce((text, [sign, word]) => text.replace(sign, ` ${word} `), plain)
  const words = spelled.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? []
  return shortenSlug(words.join('-'), MAX_SLUG_CHARACTERS)
}

/** Signs that become words. A leading `#` is dropped; a full stop after a letter or digit is a separator. */
const signs: [RegExp, string][] = [
  [/\+/g, 'plus'],
  [/(?<=[\p{L}\p{N}])#/gu, 'sharp'],
  [/&/g, 'and'],
  [/@/g, 'at'],
  [/%/g, 'percent'],
  [/(?<![\p{L}\p{M}\p{N}.])\.(?=[\p{L}\p{N}])/gu, 'dot'],
]

/** Shortens a slug so that the result is a valid slug. */
export function shortenSlug(slug: string, characters: number): string {
  return slug
    .slice(0, characters)
    .replace(/[\uD800-\uDBFF]$/, '')
    .replace(/-$/, '')
}
