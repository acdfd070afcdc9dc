import { createHash } from 'node:crypto'

import { SLUG_CHARACTERS, shortenSlug, slugOf } from './slug.ts'

/**
 * What makes two names one tag: composition, compatibility forms, case and the width of spaces do not count. Everything
 * else does, signs and accents too: `C`, `C++` and `C#` are three tags. PostgreSQL's `tag_name_key` is the same.
 */
export const tagNameKey = (name: string): string =>
  name.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC').replace(/\s+/g, ' ').trim()

/** Whether a name has anything that names: a letter, a digit, or a symbol such as an emoji. */
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
  // An emoji, for one, has neither letters nor digits.
  return plain === '' ? [hashed('tag', 8), hashed('tag', 32)] : [plain, hashed(plain, 8), hashed(plain, 32)]
}
