import { createHash } from 'node:crypto'

import { MAX_SLUG_CHARACTERS, shortenSlug, slugOf } from './slug.ts'

/** Diacritics of Latin and Greek letters. In other scripts, a mark makes a different letter (й), or is a letter (कि). */
const foldedMarks = /([a-z\u00df-\u024f\u0370-\u03ff\u1e00-\u1fff])[\u0300-\u036f]+/g

/**
 * Names with the same key are the same tag. The key ignores composition, compatibility forms, case, accents and the
 * width of spaces: `Été` has the key of `ete`. Everything else is significant, in particular signs: `C`, `C++` and `C#`
 * are three tags. The function `tag_name_key` of mediasdb computes the same key.
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

export const tagNameRule = 'must contain at least one letter, digit or symbol'

/**
 * The possible slugs of a tag with this name, the preferred one first. Different names can have the same preferred slug
 * (`C` and `C!`). The tag that is created second gets a slug that ends with a hash of its name.
 */
export function slugsFor(name: string): [string, ...string[]] {
  const hash = createHash('sha256').update(tagNameKey(name)).digest('hex')
  const hashed = (plain: string, digits: number) =>
    `${shortenSlug(plain, MAX_SLUG_CHARACTERS - digits - 1)}-${hash.slice(0, digits)}`
  const plain = slugOf(name)
  // A name such as an emoji has neither letters nor digits.
  return plain === '' ? [hashed('tag', 8), hashed('tag', 32)] : [plain, hashed(plain, 8), hashed(plain, 32)]
}
