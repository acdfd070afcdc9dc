import { createHash } from 'node:crypto'

import { SLUG_CHARACTERS, shortenSlug, slugOf } from './slug.ts'

/** Marks on Latin and Greek letters; in other scripts a mark makes another letter (й), or is one (कि). */
const foldedMarks = /([a-z\u00df-\u024f\u0370-\u03ff\u1e00-\u1fff])[\u0300-\u036f]+/g

/**
 * Two names with one key are one tag. Composition, compatibility forms, case, accents and the width of spaces do not
 * count: `Été` is `ete`. Everything else does, above all signs: `C`, `C++` and `C#` are three tags. The function
 * `tag_name_key` of mediasdb computes the same.
 */
export function tagNameKey(name: string): string {
  const lower = name.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ')
  return lower
    .normalize('NFD')
    .replace(foldedMarks, '$1')
    .normalize('NFKC')
    .replace(/[\s\u0085]+/g, ' ')
    .trim()
}

/** Whether a name has a letter, a digit, or a symbol such as an emoji. */
export const isTagName = (name: string): boolean => /[\p{L}\p{N}\p{S}]/u.test(name)

export const tagNameRule = 'must have letters, digits or symbols'

/**
 * The slugs that a tag of this name may get, the preferred one first. Names that are not one tag can have one preferred
 * slug (`C` and `C!`): whichever comes second gets a slug that ends with a hash of its name.
 */
export function slugsFor(name: string): [string, ...string[]] {
  const hash = createHash('sha256').update(tagNameKey(name)).digest('hex')
  const hashed = (plain: string, digits: number) =>
    `${shortenSlug(plain, SLUG_CHARACTERS - digits - 1)}-${hash.slice(0, digits)}`
  const plain = slugOf(name)
  // An emoji has neither letters nor digits.
  return plain === '' ? [hashed('tag', 8), hashed('tag', 32)] : [plain, hashed(plain, 8), hashed(plain, 32)]
}
