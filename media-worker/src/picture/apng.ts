import { sameDimensions, type Dimensions, type Region } from './geometry.ts'
import { corruptPicture, tooManyFrames, type PictureError } from './picture-error.ts'
import { CHUNK_FRAME_BYTES, CHUNK_HEADER_BYTES, isIntact, withPng, type PngChunk, type PngFile } from './png-chunks.ts'

/** A frame of an animated PNG: its region of the canvas, and how it is drawn there (PNG 3rd edition, 11.3.4.2). */
export interface ApngFrame extends Region {
  /** Milliseconds. */
  delay: number
  /** Whether the frame is drawn over the canvas; otherwise it replaces its region. */
  blends: boolean
  /** What happens to its region before the next frame. */
  disposal: 'keep' | 'clear' | 'restore'
  /** Whether its pixels are those of the default image, which is also shown by programs that know no animated PNG. */
  isDefault: boolean
  /** The part of the file with the chunks of its pixels. */
  start: number
  end: number
}

/** An animated PNG, as its chunks describe it. */
export interface Apng extends Dimensions {
  path: string
  /** The content of its `IHDR`. */
  header: Buffer
  /** The chunks that all frames need to be decoded, such as the palette. */
  shared: Buffer
  /** The chunk `eXIf`, or nothing. It describes the canvas, not the frames. */
  exif: Buffer
  frames: ApngFrame[]
  /** How often it is played; 0 is without end. */
  plays: number
}

/** Chunks before the pixels that determine the colours of every frame. */
const sharedTypes = new Set(['PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'cICP', 'mDCV', 'cLLI', 'sBIT'])
const HEADER_BYTES = 13
const ACTL_BYTES = 8
const FCTL_BYTES = 26
const disposals = ['keep', 'clear', 'restore'] as const
/** Browsers show a frame with a shorter delay for 100 ms, as they do in a GIF or WebP. */
const SHORTEST_DELAY = 10
const USUAL_DELAY = 100
/** The maximum that sharp writes, in the hundredths of a second that GIF needs. */
const LONGEST_DELAY = 65_530
const MOST_PLAYS = 65_535
/** The positions of a frame whose pixels were not found yet. */
const NO_PIXELS = 0

/**
 * Reads the structure of an animated PNG, without its pixels.
 *
 * @returns null for a PNG without a valid animation control chunk (`acTL`): it is a still picture
 * @throws PictureError when the frames contradict the control chunk, are truncated or exceed the limit; the system's
 *   error when the file cannot be read
 */
export function readApng(path: string, limits: { maxFrames: number }): Apng | null {
  return withPng(path, (png) => {
    const start = readStart(png)
    if (!start) return null
    if (start.count > limits.maxFrames) throw tooManyFrames(start.count, limits)
    const { count: _, ...canvas } = start
    return { path, ...canvas, frames: readFrames(png, start) }
  })
}

type Start = Omit<Apng, 'path' | 'frames'> & { count: number }

/** The chunks before the pixels; null when they control no animation. */
function readStart(png: PngFile): Start | null {
  let header: Buffer | null = null
  let control: Buffer | null = null
  let exif: Buffer = Buffer.alloc(0)
  const shared: Buffer[] = []
  for (const { type, at, length, whole } of png.chunks()) {
    if (type === 'IDAT' || !whole) break
    const read = (): Buffer => png.read(at, length + CHUNK_FRAME_BYTES)
    if (type === 'IHDR' && length === HEADER_BYTES) header ??= contentOf(read())
    if (type === 'acTL' && length === ACTL_BYTES && isIntact(read())) control ??= contentOf(read())
    if (type === 'eXIf') exif = read()
    if (sharedTypes.has(type)) shared.push(read())
  }
  const count = control?.readUInt32BE(0) ?? 0
  if (!header || !control || count === 0) return null
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const plays = Math.min(control.readUInt32BE(4), MOST_PLAYS)
  return { width, height, header, shared: Buffer.concat(shared), exif, count, plays }
}

/** The sequence numbers of `fcTL` and `fdAT` together count from 0 (PNG 3rd edition, 11.3.4). */
function readFrames(png: PngFile, start: Start): ApngFrame[] {
  const frames: ApngFrame[] = []
  let sequence = 0
  for (const chunk of png.chunks()) {
    const { type, at, whole } = chunk
    if (type === 'IEND') break
    if (!whole) throw corruptPicture('the PNG ends too early')
    if (type === 'fcTL' || type === 'fdAT') {
      if (png.read(at + CHUNK_HEADER_BYTES, 4).readUInt32BE(0) !== sequence++) throw broken('are not in order')
    }
    if (type === 'fcTL') {
      if (frames.length === start.count) throw broken('are more than it declares')
      if (frames.at(-1)?.end === NO_PIXELS) throw broken('have no pixels')
      frames.push(readControl(png, chunk, start))
    }
    if (type === 'fdAT' || type === 'IDAT') addPixels(frames, chunk, start)
  }
  if (frames.length !== start.count) throw broken('are fewer than it declares')
  if (frames.at(-1)?.end === NO_PIXELS) throw broken('have no pixels')
  return frames
}

/** The default image is the first frame if it follows a control chunk (`fcTL`); otherwise it is no frame. */
function addPixels(frames: ApngFrame[], { type, at, length }: PngChunk, canvas: Dimensions): void {
  const frame = frames.at(-1)
  const isDefault = type === 'IDAT'
  if (!frame) {
    if (isDefault) return
    throw broken('are described wrongly')
  }
  if (frame.end === NO_PIXELS) {
    if (isDefault && (frames.length > 1 || !sameDimensions(frame, canvas))) throw broken('are described wrongly')
    frame.start = at
    frame.isDefault = isDefault
  }
  if (frame.isDefault !== isDefault) throw broken('are described wrongly')
  frame.end = at + length + CHUNK_FRAME_BYTES
}

function readControl(png: PngFile, { at, length }: PngChunk, canvas: Dimensions): ApngFrame {
  const chunk = png.read(at, length + CHUNK_FRAME_BYTES)
  if (length !== FCTL_BYTES || !isIntact(chunk)) throw broken('are described wrongly')
  const fields = contentOf(chunk)
  const [width = 0, height = 0, left = 0, top = 0] = [4, 8, 12, 16].map((field) => fields.readUInt32BE(field))
  const isInside = width > 0 && height > 0 && left + width <= canvas.width && top + height <= canvas.height
  const disposal = disposals[fields[24] ?? -1]
  const blending = fields[25] ?? 0
  if (!isInside || !disposal || blending > 1) throw broken('are described wrongly')
  const drawing = { delay: delayOf(fields), blends: blending === 1, disposal }
  return { left, top, width, height, ...drawing, isDefault: false, start: NO_PIXELS, end: NO_PIXELS }
}

/** The delay is a fraction of a second; a denominator of 0 means hundredths. */
function delayOf(fields: Buffer): number {
  const milliseconds = Math.round((fields.readUInt16BE(20) * 1_000) / (fields.readUInt16BE(22) || 100))
  return milliseconds <= SHORTEST_DELAY ? USUAL_DELAY : Math.min(milliseconds, LONGEST_DELAY)
}

function contentOf(chunk: Buffer): Buffer {
  return chunk.subarray(CHUNK_HEADER_BYTES, chunk.length - 4)
}

function broken(how: string): PictureError {
  return corruptPicture(`the frames of the animated PNG ${how}`)
}
