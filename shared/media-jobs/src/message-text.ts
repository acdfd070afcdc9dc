/** The longest value of AMQP's type short string, for example of a message id. */
const SHORT_STRING_BYTES = 255

/** Control characters, except tab and line break, and the marks that change the direction of the text around them. */
const unprintable = /[^\P{Cc}\t\n]|\p{Bidi_Control}/gu

/**
 * Cuts a text from a message to a number of UTF-16 code units, and replaces every character by U+FFFD that a database, a
 * log or a terminal could not take.
 */
export function cleanText(text: string, characters: number): string {
  const cut = text.slice(0, characters)
  const isHalfCut = text.length > characters && /[\ud800-\udbff]$/.test(cut)
  return (isHalfCut ? cut.slice(0, -1) : cut).toWellFormed().replace(unprintable, '\uFFFD')
}

/** Cuts a value to the length that AMQP allows for a message id or a correlation id. */
export function shortString(text: string): string {
  return decodeUtf8(Buffer.from(text), SHORT_STRING_BYTES)
}

/** Decodes the first bytes. It omits a last character that the limit cuts, and replaces other invalid bytes by U+FFFD. */
export function decodeUtf8(bytes: Buffer, limit: number): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return decoder.decode(bytes.subarray(0, limit), { stream: bytes.length > limit })
}
