/** Enough for a byte order mark, a declaration, comments and a document type before the root. */
const LOOKED_AT = 16_384

const root = /\s*<(?:[a-zA-Z][\w-]*:)?svg[\s>/]/y

/** Whether the root element of a document is `svg`. UTF-8, or UTF-16 with a byte order mark. */
export function looksLikeSvg(head: Buffer): boolean {
  const text = textOf(head.subarray(0, LOOKED_AT))
  root.lastIndex = endOfPrologue(text)
  return root.test(text)
}

/**
 * Where declarations, comments and the document type before the root end. Part by part: one expression for all of them
 * can divide a row of comments in 2ⁿ ways, and takes 10 s for 200 bytes.
 */
function endOfPrologue(text: string): number {
  const part = /\s*(?:<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE\s(?:[^>[]|\[[^\]]*\])*>)/y
  let end = 0
  while (part.test(text)) end = part.lastIndex
  return end
}

function textOf(start: Buffer): string {
  const mark = start.toString('hex', 0, 2)
  if (mark === 'fffe') return start.toString('utf16le')
  if (mark === 'feff')
    return Buffer.from(start.subarray(0, start.length & ~1))
      .swap16()
      .toString('utf16le')
  return start.toString('utf8')
}
