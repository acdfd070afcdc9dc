import { readFile, stat } from 'node:fs/promises'

import type { SharpOptions } from 'sharp'

import { inkOf } from './drawing-ink.ts'
import { refuseComplexDrawing } from './drawing-limits.ts'
import { embedPictures } from './drawing-pictures.ts'
import { LENGTH_PER_PIXEL, readingOf } from './drawing-reading.ts'
import { declaredSizeOf, naturalSizeOf, wholePixelsOf, type DeclaredSize, type ViewBox } from './drawing-size.ts'
import { inLargerUnits } from './drawing-units.ts'
import type { Dimensions } from './geometry.ts'
import { corruptPicture, PictureError } from './picture-error.ts'
import { findSvgRoot, type SvgRoot } from './svg-root.ts'

/** Bytes for a declaration, comments and a document type before the root. medias-service reads the same number. */
export const DRAWING_HEAD_BYTES = 16_384

/** librsvg accepts at most a million elements, which need fewer bytes. */
const MAX_BYTES = 64 * 1_048_576

/** The size of a picture that does not give or need any (CSS 2.2, 10.3.2). */
const DEFAULT_SIZE = { width: 300, height: 150 }

const rootTag = /<(?:[a-z][\w-]*:)?svg[\s/>]/i
const declaration = /^\s*<\?xml[^>]*\?>/
/** libvips recognises an SVG by this text in the first bytes, in ASCII or UTF-8 only. */
const HINT = '<!--<svg -->'

/** An SVG. */
export interface Drawing {
  /** Its width and height in CSS pixels, with fractions. Only the proportions matter, because it has no pixels. */
  size: Dimensions
  /** Its width and height for the facts, in whole pixels. */
  pixels: Dimensions
  /** sharp's input for a picture of exactly these dimensions. */
  at(target: Dimensions): { input: Buffer; reading: SharpOptions }
}

/** Whether these are the first bytes of an SVG. */
export function isDrawing(head: Buffer): boolean {
  const text = isUtf16(head) ? decoded(head) : head.toString('latin1')
  return !text.includes('\0') && rootTag.test(text)
}

/**
 * Reads an SVG and determines its proportions: from its own numbers, or else from what it draws.
 *
 * @throws PictureError when the file is too large for a drawing, is too complex or is not an SVG, or when its embedded pictures exceed the
 *   limit; the system's error when it cannot be read
 */
export async function readDrawing(path: string, limits: { maxPixels: number; maxSide: number }): Promise<Drawing> {
  const text = await readText(path)
  refuseComplexDrawing(text)
  const found = findSvgRoot(await embedPictures(text, limits))
  if (!found) throw corruptPicture('the SVG has no root element')
  const { size, viewBox } = await areaOf(found)
  return {
    size,
    pixels: wholePixelsOf(size, Math.min(limits.maxSide, Math.floor(Math.sqrt(limits.maxPixels)))),
    at: (target) => {
      const input = drawnAt(found, viewBox, target)
      return { input, reading: readingOf(input) }
    },
  }
}

/**
 * The text, in UTF-8, with the text that libvips looks for at the beginning. The root element may be far from the
 * beginning, or have a prefix.
 */
async function readText(path: string): Promise<string> {
  const { size } = await stat(path)
  if (size > MAX_BYTES)
    throw new PictureError('corrupt-image', `The SVG file is too large: ${size} bytes. The maximum is ${MAX_BYTES}.`)
  const text = decoded(await readFile(path))
  const [declared = ''] = declaration.exec(text) ?? []
  return `<?xml version="1.0"?>${HINT}${text.slice(declared.length)}`
}

/** The size of a drawing, and the part of its plane that fills it. */
async function areaOf(svg: SvgRoot): Promise<{ size: Dimensions; viewBox: ViewBox }> {
  const declared = declaredSizeOf(svg)
  const size = naturalSizeOf(declared)
  if (size) return { size, viewBox: declared.viewBox ?? { x: 0, y: 0, ...size } }
  const viewBox = await drawnArea(svg, declared)
  return { size: viewBox, viewBox }
}

/** What a drawing draws decides about the sides that it does not give. */
async function drawnArea(svg: SvgRoot, { width, height }: DeclaredSize): Promise<ViewBox> {
  const viewport = { width: width ?? DEFAULT_SIZE.width, height: height ?? DEFAULT_SIZE.height }
  const ink = await inkOf(svg, viewport)
  if (!ink) return { x: 0, y: 0, ...viewport }
  if (width === null && height === null) return ink
  const right = ink.x + ink.width
  const bottom = ink.y + ink.height
  return {
    x: 0,
    y: 0,
    width: width ?? (right > 0 ? right : viewport.width),
    height: height ?? (bottom > 0 ? bottom : viewport.height),
  }
}

/**
 * The drawing with a size of exactly these pixels, and with 16 pixels as the size of letters where it gives none, as in
 * browsers (librsvg's default is 12).
 */
function drawnAt(svg: SvgRoot, area: ViewBox, target: Dimensions): Buffer {
  const { viewBox, content } = inLargerUnits({ viewBox: area, content: svg.after }, svg.prefix)
  const width = target.width * LENGTH_PER_PIXEL
  const height = target.height * LENGTH_PER_PIXEL
  const tag = svg.tagWith(
    {
      width: `${width}`,
      height: `${height}`,
      viewBox: `${viewBox.x} ${viewBox.y} ${viewBox.width} ${viewBox.height}`,
      ...(fills(viewBox, target) ? { preserveAspectRatio: 'none' } : {}),
      ...(svg.attribute('font-size') === null ? { 'font-size': '16' } : {}),
    },
    // A style sheet in the drawing can set the size too.
    `width:${width}px!important;height:${height}px!important`,
  )
  return Buffer.from(`${svg.before}${tag}${content}`)
}

/** Whether the plane fills these pixels but for rounding. Stretched by less than a pixel, it leaves no edge uncovered. */
function fills({ width, height }: ViewBox, target: Dimensions): boolean {
  const scale = Math.min(target.width / width, target.height / height)
  return Math.max(target.width - width * scale, target.height - height * scale) < 1
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
