/** In UTF-8. File systems take 255 for a name, and a number goes before it. */
const MOST_BYTES = 200

/**
 * A file name for inside a ZIP, after a number and a hyphen: no path, nothing that a common file system refuses
 * (Windows' list is the longest), no control character, no mark of direction. The extension is kept.
 */
export function safeFileName(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[/\\:*?"<>|\p{C}\p{Zl}\p{Zp}]/gu, '_')
    .replace(/[. ]+$/, '')
  const extension = /(?<=.)\.[^. ]{1,16}$/u.exec(safe)?.[0] ?? ''
  const stem = cut(safe.slice(0, safe.length - extension.length), MOST_BYTES - Buffer.byteLength(extension))
  return `${stem}${extension}`.replace(/[. ]+$/, '') || 'file'
}

/** Whole characters only. */
function cut(text: string, mostBytes: number): string {
  let bytes = 0
  let kept = ''
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > mostBytes) break
    kept += character
  }
  return kept
}
