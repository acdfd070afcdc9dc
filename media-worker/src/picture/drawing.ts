import { readFile, stat } from 'node:fs/promises'

import { PictureError } from './picture-error.ts'

/** Enough for a declaration, comments and a document type before the root: as much as medias-service looks at. */
export const DRAWING_HEAD_BYTES = 16_384

/** librsvg takes a million elements, which have fewer. */
const MOST_BYTES = 64 * 1_048_576

const root = /<(?:[a-z][\w-]*:)?svg[\s/>]/i
const declaration = /^\s*<\?xml[^>]*\?>/
/** What libvips knows a drawing by, in its first bytes and in nothing but ASCII or UTF-8. */
const HINT = '<!--<svg -->'

/** Whether these are the first bytes of an SVG. */
export function isDrawing(head: Buffer): boolean {
  const text = isUtf16(head) ? decoded(head) : head.toString('latin1')
  return !text.includes('\0') && root.test(text)
}

/**
 * Reads an SVG as libvips knows it for one: in UTF-8, with what it looks for at the front, where a writer put the root
 * far behind or named it otherwise.
 *
 * @throws PictureError when it is longer than any drawing; the system's error when the file cannot be read
 */
export async function readDrawing(path: string): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > MOST_BYTES) throw new PictureError('corrupt-image', `No drawing has ${size} bytes`)
  const text = decoded(await readFile(path))
  const [declared = ''] = declaration.exec(text) ?? []
  return Buffer.from(`<?xml version="1.0"?>${HINT}${text.slice(declared.length)}`)
}

function decoded(bytes: Buffer): string {
  if (isUtf16(bytes)) return new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes)
  const [, encoding = 'utf-8'] = /^[^>]*?encoding=["']([\w-]{1,20})["']/.exec(bytes.toString('latin1', 0, 200)) ?? []
  try {
    return new TextDecoder(encoding).decode(bytes)
  } catch {
    // Nobody knows that encoding: librsvg would not either.
    return bytes.toString()
  }
}

function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
}
