import { create } from 'content-disposition'

/**
 * How a browser treats a file, and the name it saves the file as (RFC 6266, with RFC 8187 for names beyond ASCII). A name
 * never says where the file lies: separators and control characters become `_`.
 */
export function contentDisposition(name: string, type: 'inline' | 'attachment'): string {
  return create(name.toWellFormed().replace(/[/\\\p{Cc}]/gu, '_'), { type })
}
