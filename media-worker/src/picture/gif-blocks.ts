import { closeSync, openSync, readSync } from 'node:fs'

import type { Dimensions, Region } from './geometry.ts'

const WINDOW_BYTES = 256 * 1024

/** What happens to the area of a frame before the next one is drawn (GIF89a, 23.c.iv). */
export const DISPOSAL = { none: 0, keep: 1, clear: 2, restore: 3 } as const

/** A frame as its blocks describe it. Positions are offsets in the file. */
export interface GifFrame extends Region {
  disposal: number
  /** Hundredths of a second. */
  delay: number
  /** The index in the colour table that is not drawn; null when all are drawn. */
  transparentIndex: number | null
  /** The position of the image descriptor. */
  start: number
  /** The position of the minimum code size, after which the data follows. */
  dataStart: number
  end: number
}

/** The blocks of a GIF. */
export interface GifBlocks {
  /** The logical screen. */
  screen: Dimensions
  /** The end of the header and the global colour table. */
  headEnd: number
  /** The positions of application extensions, such as the number of loops. */
  applications: { start: number; end: number }[]
  frames: GifFrame[]
}

/**
 * Follows the blocks of GIF89a (https://www.w3.org/Graphics/GIF/spec-gif89a.txt) without decoding. A GIF that lacks only
 * the trailer is accepted.
 *
 * It reads synchronously, because the render process has no other work meanwhile.
 *
 * @returns null when the GIF ends too early: libvips reads a truncated animation as a shorter one
 */
export function readGifBlocks(path: string): GifBlocks | null {
  const file = openSync(path, 'r')
  try {
    const bytes = readerOf(file)
    const blocks = readHeader(bytes)
    return blocks && readBlocks(bytes, blocks) ? blocks : null
  } finally {
    closeSync(file)
  }
}

interface Reader {
  /** The next byte; null at the end. */
  next(): number | null
  /** Skips bytes; false when the file ends before. */
  skip(count: number): boolean
  /** The next bytes; null when the file ends before. */
  take(count: number): Buffer | null
  position(): number
}

type Control = Pick<GifFrame, 'disposal' | 'delay' | 'transparentIndex'>

const EXTENSION = 0x21
const IMAGE = 0x2c
const TRAILER = 0x3b
const GRAPHIC_CONTROL = 0xf9
const APPLICATION = 0xff

/** A frame without a control block is kept. A tenth of a second is libvips' default. */
const noControl: Control = { disposal: DISPOSAL.none, delay: 10, transparentIndex: null }

function readHeader(bytes: Reader): GifBlocks | null {
  const head = bytes.take(13)
  if (!head || !bytes.skip(colourTableBytes(head[10] ?? 0))) return null
  const screen = { width: head.readUInt16LE(6), height: head.readUInt16LE(8) }
  return { screen, headEnd: bytes.position(), applications: [], frames: [] }
}

function readBlocks(bytes: Reader, { applications, frames }: GifBlocks): boolean {
  let control = noControl
  for (;;) {
    const start = bytes.position()
    const block = bytes.next()
    if (block === null || block === TRAILER) return true
    if (block === EXTENSION) {
      const label = bytes.next()
      if (label === GRAPHIC_CONTROL) {
        const read = readControl(bytes)
        if (!read) return false
        control = read
      } else if (label === null || !skipData(bytes)) return false
      if (label === APPLICATION) applications.push({ start, end: bytes.position() })
    } else if (block === IMAGE) {
      const frame = readFrame(bytes, start, control)
      if (!frame) return false
      frames.push(frame)
      control = noControl
    }
  }
}

function readControl(bytes: Reader): Control | null {
  const length = bytes.next()
  if (length === 0) return noControl
  const fields = length === null ? null : bytes.take(length)
  if (!fields || !skipData(bytes)) return null
  if (fields.length < 4) return noControl
  const flags = fields[0] ?? 0
  const disposal = (flags >> 2) & 7
  return {
    // Some old encoders write 4 for 3.
    disposal: disposal === 4 ? DISPOSAL.restore : disposal,
    delay: fields.readUInt16LE(1),
    transparentIndex: flags & 1 ? (fields[3] ?? 0) : null,
  }
}

function readFrame(bytes: Reader, start: number, control: Control): GifFrame | null {
  const fields = bytes.take(9)
  if (!fields || !bytes.skip(colourTableBytes(fields[8] ?? 0))) return null
  const dataStart = bytes.position()
  if (!bytes.skip(1) || !skipData(bytes)) return null
  const [left = 0, top = 0, width = 0, height = 0] = [0, 2, 4, 6].map((at) => fields.readUInt16LE(at))
  return { left, top, width, height, ...control, start, dataStart, end: bytes.position() }
}

function skipData(bytes: Reader): boolean {
  for (;;) {
    const length = bytes.next()
    if (length === null) return false
    if (length === 0) return true
    if (!bytes.skip(length)) return false
  }
}

function colourTableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0
}

function readerOf(file: number): Reader {
  const window = Buffer.alloc(WINDOW_BYTES)
  let filled = 0
  let at = 0
  let before = 0
  const refill = (): boolean => {
    before += filled
    filled = readSync(file, window, 0, WINDOW_BYTES, null)
    at = 0
    return filled > 0
  }
  const next = (): number | null => (at < filled || refill() ? (window[at++] ?? null) : null)
  return {
    next,
    position: () => before + at,
    take: (count) => {
      const taken = Buffer.alloc(count)
      for (let index = 0; index < count; index++) {
        const byte = next()
        if (byte === null) return null
        taken[index] = byte
      }
      return taken
    },
    skip: (count) => {
      for (let left = count; left > 0;) {
        if (at >= filled && !refill()) return false
        const step = Math.min(left, filled - at)
        at += step
        left -= step
      }
      return true
    },
  }
}
