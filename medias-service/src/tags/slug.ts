/**
 * The slug of a name: lower case, letters and digits of any script, hyphens between. 'Été à la Mer' → 'ete-a-la-mer'.
 * Empty for a name that has neither letters nor digits.
 */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100)
}
