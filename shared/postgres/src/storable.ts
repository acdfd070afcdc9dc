// PostgreSQL cannot store NUL or half of a surrogate pair. A message that contains one would fail at every retry.

/** Replaces every character of a text that PostgreSQL cannot store by U+FFFD. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

/**
 * Converts a value to JSON that PostgreSQL can store. JSON escapes these characters. The pattern also matches every other
 * escape, so that an escaped backslash before `u0000` is not changed.
 */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value).replace(/\\(u0000|ud[89a-f][0-9a-f]{2}|[^])/g, (escaped) =>
    escaped.length === 6 ? '\uFFFD' : escaped,
  )
