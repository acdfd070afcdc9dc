import { readFileSync } from 'node:fs'

import { sameDimensions, type Dimensions } from './geometry.ts'
import { DISPOSAL, type GifBlocks, type GifFrame } from './gif-blocks.ts'
import { coverageOf, type Coverage } from './gif-coverage.ts'

/** A GIF that libvips composes as browsers do. */
export interface ComposedGif extends Dimensions {
  input: Buffer
  /** The number of the first frame. The one before it only prepares the canvas. */
  firstPage: number
  /** It has a transparent index, even if nothing is transparent. */
  hasAlpha: true
}

/** Colour indices above those of the codes cannot occur. */
const LAST_INDEX = 255
const ALL_INDICES_BITS = 8

/**
 * Rewrites a GIF for libvips, unless libvips shows it as browsers do:
 * - An area that no frame covers is transparent, also when no frame has a transparent colour. libvips would fill it with
 *   black or with the background colour.
 * - The canvas is the logical screen. libvips ignores common sizes of screens, such as 640 × 480.
 *
 * The compressed data are not changed.
 *
 * @param decoded the dimensions of libvips' canvas
 */
export function composeGif(
  path: string,
  { frames, screen, ...blocks }: GifBlocks,
  decoded: Dimensions,
): ComposedGif | null {
  const canvas = canvasOf(frames, screen)
  const isScreen = sameDimensions(canvas, decoded)
  if (isScreen && !mayHaveGaps(frames, canvas)) return null
  const coverage = coverageOf(frames, canvas)
  const isOpaque = frames.every(isOpaqueFrame)
  const isGap = ({ hasGaps, showsBackground }: Coverage): boolean => (isOpaque && hasGaps) || showsBackground
  if (isScreen && !coverage.some(isGap)) return null
  const file = readFileSync(path)
  const cleared = frames.map((frame, index) => clearing(file, frame, coverage[index]))
  // libvips keeps the list of delays of the whole file, and starts with its first one.
  const delayed = cleared.map((frame, index) => ({ ...frame, delay: frames[index + 1]?.delay ?? frame.delay }))
  const input = Buffer.concat([
    file.subarray(0, blocks.headEnd),
    ...blocks.applications.map(({ start, end }) => file.subarray(start, end)),
    emptyFrame(canvas, frames[0]?.delay ?? 0),
    ...delayed.flatMap((frame) => [controlOf(frame), file.subarray(frame.start, frame.end)]),
    Buffer.from([0x3b]),
  ])
  return { input, ...canvas, firstPage: 1, hasAlpha: true }
}

const isOpaqueFrame = ({ transparentIndex }: GifFrame): boolean => transparentIndex === null

/** A quick check that finds most GIFs free of gaps that libvips would fill. */
function mayHaveGaps(frames: readonly GifFrame[], canvas: Dimensions): boolean {
  if (frames.some((frame) => frame.disposal === DISPOSAL.clear && isOpaqueFrame(frame))) return true
  const [first] = frames
  if (!first || !frames.every(isOpaqueFrame)) return false
  return !sameDimensions(first, canvas) || first.disposal === DISPOSAL.restore
}

/** The first frame can enlarge the screen, as in browsers. */
function canvasOf([first]: readonly GifFrame[], screen: Dimensions): Dimensions {
  const { left = 0, top = 0, width = 0, height = 0 } = first ?? {}
  return { width: Math.max(screen.width, left + width), height: Math.max(screen.height, top + height) }
}

/**
 * A frame whose area is cleared after it. libvips makes the area transparent only if the frame has a transparent index, so
 * the frame gets an index that does not occur in its pixels. If every index occurs, and the area was empty before the frame,
 * the area is restored instead of cleared. Otherwise the area shows the background colour: only a change of the pixels could
 * make it transparent.
 */
function clearing(file: Buffer, frame: GifFrame, coverage: Coverage | undefined): GifFrame {
  if (frame.disposal !== DISPOSAL.clear || frame.transparentIndex !== null) return frame
  const bits = file[frame.dataStart] ?? 0
  if (bits < ALL_INDICES_BITS) return { ...frame, transparentIndex: LAST_INDEX }
  if (coverage?.emptyBefore) return { ...frame, disposal: DISPOSAL.restore }
  return { ...frame, transparentIndex: unusedIndex(dataOf(file, frame), bits) }
}

/** The graphic control extension of a frame (GIF89a, 23). */
function controlOf({ disposal, delay, transparentIndex }: GifFrame): Buffer {
  const flags = (disposal << 2) | (transparentIndex === null ? 0 : 1)
  return Buffer.from([0x21, 0xf9, 4, flags, delay & 0xff, delay >> 8, transparentIndex ?? 0, 0])
}

/**
 * A frame as large as the canvas that draws nothing. Its data end after one transparent pixel: clear code 4, index 0, end
 * code 5, each of 3 bits.
 */
function emptyFrame({ width, height }: Dimensions, delay: number): Buffer {
  const size = [width, height].flatMap((length) => [length & 0xff, length >> 8])
  const frame = { disposal: DISPOSAL.keep, delay, transparentIndex: 0 } as GifFrame
  return Buffer.concat([controlOf(frame), Buffer.from([0x2c, 0, 0, 0, 0, ...size, 0, 2, 2, 0x44, 0x01, 0])])
}

/** The data of a frame without the lengths of their blocks. */
function dataOf(file: Buffer, { dataStart, end }: GifFrame): Buffer {
  const parts: Buffer[] = []
  for (let at = dataStart + 1; at < end;) {
    const length = file[at] ?? 0
    parts.push(file.subarray(at + 1, at + 1 + length))
    at += 1 + length
  }
  return Buffer.concat(parts)
}

const LONGEST_CODE = 12

/**
 * A colour index that does not occur. An index occurs only if it is itself a code: all other codes stand for sequences that
 * occurred before (GIF89a, appendix F).
 */
function unusedIndex(data: Buffer, bits: number): number | null {
  const clear = 1 << bits
  const used = new Uint8Array(clear)
  let length = bits + 1
  let next = clear + 2
  let isFirst = true
  let held = 0
  let heldBits = 0
  for (const byte of data) {
    held |= byte << heldBits
    heldBits += 8
    while (heldBits >= length) {
      const code = held & ((1 << length) - 1)
      held >>>= length
      heldBits -= length
      if (code === clear + 1) return firstUnused(used)
      if (code === clear) {
        length = bits + 1
        next = clear + 2
        isFirst = true
        continue
      }
      if (code < clear) used[code] = 1
      if (!isFirst && next < 1 << LONGEST_CODE) next += 1
      isFirst = false
      if (next === 1 << length && length < LONGEST_CODE) length += 1
    }
  }
  return firstUnused(used)
}

function firstUnused(used: Uint8Array): number | null {
  const index = used.indexOf(0)
  return index < 0 ? null : index
}
