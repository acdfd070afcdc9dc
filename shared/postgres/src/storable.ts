// PostgreSQL cannot store NUL or half of a surrogate pair. A message with one would fail again at every retry.

/** The text with every character that PostgreSQL cannot store replaced by U+FFFD. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** The same for JSON, where these characters are escaped. A preceding escaped backslash is not part of their escape. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value).replace(/\\(u0000|ud[89a-f][0-9a-f]{2}|[^])/g, (escaped) =>
    escaped.length === 6 ? '\uFFFD' : escaped,
  )
