import { readFile, stat } from 'node:fs/promises'

import { PictureError } from './picture-error.ts'

/** Bytes for a declaration, comments and a document type before the root. medias-service reads the same number. */
export const DRAWING_HEAD_BYTES = 16_384

/** librsvg accepts at most a million elements, which need fewer bytes. */
const MAX_BYTES = 64 * 1_048_576

const root = /<(?:[a-z][\w-]*:)?svg[\s/>]/i
const declaration = /^\s*<\?xml[^>]*\?>/
/** libvips recognises an SVG by this text in the first bytes, in ASCII or UTF-8 only. */
const HINT = '<!--<svg -->'

/** Whether these are the first bytes of an SVG. */
export function isDrawing(head: Buffer): boolean {
  const text = isUtf16(head) ? decoded(head) : head.toString('latin1')
  return !text.includes('\0') && root.test(text)
}

/**
 * Reads an SVG and converts it so that libvips recognises it: in UTF-8, with the text that libvips looks for at the
 * beginning. The root element may be far from the beginning, or have a prefix.
 *
 * @throws PictureError when the file is too large for a drawing; the system's error when it cannot be read
 */
export async function readDrawing(path: string): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > MAX_BYTES)
    throw new PictureError('corrupt-image', `The SVG file is too large: ${size} bytes. The maximum is ${MAX_BYTES}.`)
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
    // An unknown encoding, which librsvg does not know either.
    return bytes.toString()
  }
}

function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
}
