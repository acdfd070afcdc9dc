/** Maximum length in bytes of UTF-8. File systems allow 255, and a number precedes the name. */
const MAX_BYTES = 200

/**
 * A file name for a ZIP entry, where a number and a hyphen precede it. It contains no path, no control or direction
 * characters, and no character that a common file system rejects (Windows has the longest list). The extension is kept.
 */
export function safeFileName(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[/\\:*?"<>|\p{C}\p{Zl}\p{Zp}]/gu, '_')
    .replace(/[. ]+$/, '')
  const extension = /(?<=.)\.[^. ]{1,16}$/u.exec(safe)?.[0] ?? ''
  const stem = truncate(safe.slice(0, safe.length - extension.length), MAX_BYTES - Buffer.byteLength(extension))
  return `${stem}${extension}`.replace(/[. ]+$/, '') || 'file'
}

/** Never splits a character. */
function truncate(text: string, maxBytes: number): string {
  let bytes = 0
  let kept = ''
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > maxBytes) break
    kept += character
  }
  return kept
}
