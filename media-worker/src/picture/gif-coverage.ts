import type { Dimensions, Region } from './geometry.ts'
import { DISPOSAL, type GifFrame } from './gif-blocks.ts'

/** What is known about a part of the canvas; a sum. */
const DRAWN = 1
/** A frame with a transparent index may have drawn it. */
const PERHAPS_DRAWN = 2
/** A frame without a transparent index was cleared: libvips draws the background colour. */
const FILLED = 4

/** What is known about the canvas when a frame is shown. */
export interface Coverage {
  /** Whether nothing was drawn in the area of the frame before. */
  emptyBefore: boolean
  /** Whether something was never drawn, or was cleared. */
  hasGaps: boolean
  /** Whether libvips shows the background colour in a gap. */
  showsBackground: boolean
}

/**
 * Calculates which areas of the canvas the frames of a GIF have drawn, without decoding them. The canvas is divided by the
 * edges of all frames, so the cost depends on the number of frames and not of pixels.
 */
export function coverageOf(frames: readonly GifFrame[], canvas: Dimensions): Coverage[] {
  const grid = gridOf(frames, canvas)
  let cells = new Uint8Array(grid.count)
  let previous: { frame: GifFrame; saved: Uint8Array<ArrayBuffer> } | null = null
  return frames.map((frame) => {
    if (previous?.frame.disposal === DISPOSAL.clear) clear(cells, grid, previous.frame)
    if (previous?.frame.disposal === DISPOSAL.restore) cells = previous.saved
    previous = { frame, saved: cells.slice() }
    const area = grid.cellsOf(frame)
    const emptyBefore = area.every((cell) => ((cells[cell] ?? 0) & (DRAWN | PERHAPS_DRAWN)) === 0)
    const drawn = frame.transparentIndex === null ? DRAWN : PERHAPS_DRAWN
    for (const cell of area) cells[cell] = (cells[cell] ?? 0) | drawn
    const gaps = cells.filter((cell) => (cell & DRAWN) === 0)
    return { emptyBefore, hasGaps: gaps.length > 0, showsBackground: gaps.some((cell) => (cell & FILLED) !== 0) }
  })
}

function clear(cells: Uint8Array, grid: Grid, frame: GifFrame): void {
  for (const cell of grid.cellsOf(frame)) cells[cell] = frame.transparentIndex === null ? FILLED : 0
}

interface Grid {
  count: number
  cellsOf(region: Region): number[]
}

function gridOf(frames: readonly GifFrame[], canvas: Dimensions): Grid {
  const columns = edges(
    frames.flatMap(({ left, width }) => [left, left + width]),
    canvas.width,
  )
  const rows = edges(
    frames.flatMap(({ top, height }) => [top, top + height]),
    canvas.height,
  )
  const across = columns.length - 1
  const within = (all: number[], start: number, length: number): number[] =>
    [...all.keys()].slice(0, -1).filter((index) => (all[index] ?? 0) >= start && (all[index] ?? 0) < start + length)
  return {
    count: across * (rows.length - 1),
    cellsOf: ({ left, top, width, height }) => {
      const inColumns = within(columns, left, width)
      return within(rows, top, height).flatMap((row) => inColumns.map((column) => row * across + column))
    },
  }
}

/** The edges inside the canvas and its own, in order. */
function edges(positions: number[], length: number): number[] {
  return [...new Set([0, length, ...positions.filter((position) => position < length)])].toSorted(
    (one, two) => one - two,
  )
}
