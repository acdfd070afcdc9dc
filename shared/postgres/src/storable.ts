// PostgreSQL keeps neither NUL nor half of a surrogate pair: a message with one would come back for ever.

/** The text as PostgreSQL can keep it. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** The same of JSON, which has both escaped, where an escaped backslash before them is none of their own. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value).replace(/\\(u0000|ud[89a-f][0-9a-f]{2}|[^])/g, (escaped) =>
    escaped.length === 6 ? '\uFFFD' : escaped,
  )
