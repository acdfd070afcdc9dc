import sharp from 'sharp'

import { LENGTH_PER_PIXEL, readingOf } from './drawing-reading.ts'
import type { ViewBox } from './drawing-size.ts'
import type { Dimensions } from './geometry.ts'
import { corruptPicture } from './picture-error.ts'
import type { SvgRoot } from './svg-root.ts'

/** The part of the plane that is searched, as a distance from the origin. */
const NEAR = 8_192
/** If there is nothing near, what is drawn may be smaller than a pixel of that search, or farther away. */
const CLOSE = 16
const FAR = [131_072, 1_048_576]

/**
 * Pixels of a search and of a measurement, in both directions. A unit near the origin is visible. libvips draws in tiles of
 * 2,000 pixels, and draws the whole document for each.
 */
const SEARCH_PIXELS = 2_000
const MEASURE_PIXELS = 1_024
/** With so many pixels the edges are exact to a ten-thousandth. */
const ENOUGH_PIXELS = 256
const MAX_MEASUREMENTS = 3
/** Parts of a pixel that its opacity distinguishes, with a reserve. */
const PRECISION = 50

/**
 * The rectangle around everything that a drawing draws, in its own units. It is found in small pictures of the drawing, and
 * not from the coordinates of its elements, because these do not show what is clipped, masked or filtered. Each picture
 * takes as long as one small size.
 *
 * @param viewport the area to which percentages refer
 * @returns null when it draws nothing
 * @throws PictureError when it is corrupt
 */
export async function inkOf(root: SvgRoot, viewport: Dimensions): Promise<ViewBox | null> {
  const look = (window: ViewBox, pixels: number): Promise<Seen | null> => lookAt(root, viewport, window, pixels)
  let seen = (await look(around(NEAR), SEARCH_PIXELS)) ?? (await look(around(CLOSE), SEARCH_PIXELS))
  for (const distance of FAR) {
    if (!seen || seen.isCut) seen = (await look(around(distance), SEARCH_PIXELS)) ?? seen
  }
  for (let count = 0; seen && count < MAX_MEASUREMENTS && seen.pixels < ENOUGH_PIXELS; count++) {
    const closer = await look(seen.window, MEASURE_PIXELS)
    if (!closer) break
    seen = closer
  }
  return seen?.ink ?? null
}

/** What is drawn in a part of the plane. */
interface Seen {
  ink: ViewBox
  /** The ink and a margin of two pixels. */
  window: ViewBox
  /** Pixels of the ink, in the direction in which it is shorter. */
  pixels: number
  /** Whether the ink reaches the edge, so that it may go on outside. */
  isCut: boolean
}

function around(distance: number): ViewBox {
  return { x: -distance, y: -distance, width: 2 * distance, height: 2 * distance }
}

async function lookAt(root: SvgRoot, viewport: Dimensions, window: ViewBox, pixels: number): Promise<Seen | null> {
  const alpha = await alphaOf(root, viewport, window, pixels)
  const { columns, rows } = profilesOf(alpha, pixels)
  const across = edgesOf(columns)
  const down = edgesOf(rows)
  if (!across || !down) return null
  const rectangle = (margin: number): ViewBox => {
    const horizontal = span(window.x, window.width / pixels, across, margin)
    const vertical = span(window.y, window.height / pixels, down, margin)
    return { x: horizontal.start, y: vertical.start, width: horizontal.length, height: vertical.length }
  }
  return {
    ink: rectangle(0),
    window: rectangle(2),
    pixels: Math.min(across.end - across.start, down.end - down.start),
    isCut: Math.min(across.start, down.start) < 1 || Math.max(across.end, down.end) > pixels - 1,
  }
}

/** In the units of the drawing, rounded to the decimals that the measurement is good for. */
function span(
  origin: number,
  unit: number,
  { start, end }: { start: number; end: number },
  margin: number,
): { start: number; length: number } {
  const decimals = Math.max(0, Math.floor(-Math.log10(unit / PRECISION)))
  const [from = 0, to = 0] = [start - margin, end + margin].map((edge) =>
    Number((origin + edge * unit).toFixed(decimals)),
  )
  return { start: from, length: to - from || unit }
}

/** The opacity of every pixel. */
async function alphaOf(root: SvgRoot, { width, height }: Dimensions, window: ViewBox, pixels: number): Promise<Buffer> {
  const inner = root.tagWith(
    { x: '0', y: '0', width: `${width}`, height: `${height}` },
    `width:${width}px!important;height:${height}px!important;overflow:visible!important`,
  )
  const side = pixels * LENGTH_PER_PIXEL
  const outer = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" preserveAspectRatio="none"
    viewBox="${window.x} ${window.y} ${window.width} ${window.height}">`
  const text = Buffer.from(`${root.before}${outer}${inner}${root.after}</svg>`)
  try {
    return await sharp(text, readingOf(text)).extractChannel(3).raw().toBuffer()
  } catch (error) {
    throw corruptPicture(error)
  }
}

/** The highest opacity in each column and in each row. */
function profilesOf(alpha: Buffer, pixels: number): { columns: Uint8Array; rows: Uint8Array } {
  const columns = new Uint8Array(pixels)
  const rows = new Uint8Array(pixels)
  for (let y = 0, at = 0; y < pixels; y++) {
    for (let x = 0; x < pixels; x++, at++) {
      const value = alpha[at] ?? 0
      if (value > (columns[x] ?? 0)) columns[x] = value
      if (value > (rows[y] ?? 0)) rows[y] = value
    }
  }
  return { columns, rows }
}

/** The first and the last position that is drawn, with fractions: an edge within a pixel covers a part of it. */
function edgesOf(most: Uint8Array): { start: number; end: number } | null {
  const first = most.findIndex((value) => value > 0)
  if (first < 0) return null
  const last = most.findLastIndex((value) => value > 0)
  const covered = (edge: number, inside: number): number => {
    const outer = most[edge] ?? 0
    return outer / Math.max(outer, most[inside] ?? 0)
  }
  if (first === last) return { start: first, end: last + 1 }
  return { start: first + 1 - covered(first, first + 1), end: last + covered(last, last - 1) }
}
