/** The text with `\`, `%` and `_` escaped, so that a LIKE pattern that contains it matches it literally. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
