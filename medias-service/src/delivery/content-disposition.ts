import { create } from 'content-disposition'

/**
 * The header `Content-Disposition`: whether a browser displays or saves a file, and under which name (RFC 6266, with RFC
 * 8187 for names beyond ASCII). Path separators and control characters become `_`.
 */
export function contentDisposition(name: string, type: 'inline' | 'attachment'): string {
  return create(name.toWellFormed().replace(/[/\\\p{Cc}]/gu, '_'), { type })
}
