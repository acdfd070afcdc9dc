const SLUG_CHARACTERS = 100

/**
 * The slug of a name: lower case, letters and digits of any script, hyphens between. 'Été à la Mer' → 'ete-a-la-mer'.
 * Empty for a name that has neither letters nor digits.
 *
 * Only Latin and Greek letters lose their marks: in other scripts a mark makes another letter, or is one (が, कि, й).
 */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/([\p{Script=Latin}\p{Script=Greek}])\p{M}+/gu, '$1')
    // What makes an emoji of a digit or a heart: they are marks to Unicode, and nothing to a slug.
    .replace(/[\p{Me}\p{Variation_Selector}]/gu, '')
    .toLowerCase()
    .normalize('NFC')
  const words = plain.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? []
  return words
    .join('-')
    .slice(0, SLUG_CHARACTERS)
    .replace(/[\uD800-\uDBFF]$/, '')
    .replace(/-$/, '')
}
