/** Enough for a byte order mark, a declaration, comments and a document type before the root. */
const LOOKED_AT = 16_384

const prologue =
  /^\s*(?:(?:<\?xml[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE\s+(?:[^>[]|\[[^\]]*\])*>)\s*)*<(?:[a-zA-Z][\w-]*:)?svg[\s>/]/

/** Whether the root element of a document is `svg`. UTF-8 or UTF-16 with a byte order mark. */
export function looksLikeSvg(head: Buffer): boolean {
  const start = head.subarray(0, LOOKED_AT)
  if (start[0] === 0xff && start[1] === 0xfe) return prologue.test(start.subarray(2).toString('utf16le'))
  return prologue.test(start.toString('utf8').replace(/^\uFEFF/, ''))
}
