/** Number of bytes that are read: enough for a byte order mark, a declaration, comments and a document type. */
const READ_BYTES = 16_384

const root = /\s*<(?:[a-zA-Z][\w-]*:)?svg[\s>/]/y

/** Whether the root element of a document is `svg`. The document is in UTF-8, or in UTF-16 with a byte order mark. */
export function looksLikeSvg(head: Buffer): boolean {
  const text = textOf(head.subarray(0, READ_BYTES))
  root.lastIndex = endOfPrologue(text)
  return root.test(text)
}

/**
 * The end of the declarations, comments and document type before the root element. They are matched one at a time,
 * because one expression for all of them can split a sequence of comments in 2ⁿ ways, and takes 10 s for 200 bytes.
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
