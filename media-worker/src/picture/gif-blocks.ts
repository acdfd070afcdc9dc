import { closeSync, openSync, readSync } from 'node:fs'

const WINDOW_BYTES = 256 * 1024

/**
 * Whether a GIF is complete: libvips reads a truncated animation as a shorter one. It follows the blocks of GIF89a
 * (https://www.w3.org/Graphics/GIF/spec-gif89a.txt) without decoding. A GIF that lacks only the trailer is accepted.
 *
 * It reads synchronously, because the render process has no other work meanwhile.
 */
export function isGifWhole(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const bytes = readerOf(file)
    return skipHeader(bytes) && skipBlocks(bytes)
  } finally {
    closeSync(file)
  }
}

interface Reader {
  /** The next byte; null at the end. */
  next(): number | null
  /** Skips bytes; false when the file ends before. */
  skip(count: number): boolean
}

function skipHeader(bytes: Reader): boolean {
  if (!bytes.skip(10)) return false
  const flags = bytes.next()
  return flags !== null && bytes.skip(2 + colourTableBytes(flags))
}

function skipBlocks(bytes: Reader): boolean {
  for (;;) {
    const block = bytes.next()
    if (block === null || block === 0x3b) return true
    if (block === 0x21 && !(bytes.skip(1) && skipData(bytes))) return false
    if (block === 0x2c && !skipFrame(bytes)) return false
  }
}

function skipFrame(bytes: Reader): boolean {
  if (!bytes.skip(8)) return false
  const flags = bytes.next()
  return flags !== null && bytes.skip(colourTableBytes(flags) + 1) && skipData(bytes)
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
  const refill = (): boolean => {
    filled = readSync(file, window, 0, WINDOW_BYTES, null)
    at = 0
    return filled > 0
  }
  const next = (): number | null => (at < filled || refill() ? (window[at++] ?? null) : null)
  return {
    next,
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
