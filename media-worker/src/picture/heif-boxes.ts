import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A box of a HEIF or AVIF (ISO 14496-12, 4.2). Positions are in the bytes that contain it. */
export interface HeifBox {
  type: string
  typeAt: number
  start: number
  end: number
}

/** A box of the file with its header, and its position there. */
export interface HeifPart {
  bytes: Buffer
  at: number
}

/** Bytes of version and flags, with which a full box begins. */
export const FULL_BOX_BYTES = 4

/**
 * Reads the first box of this type among the outermost boxes of a file. It reads synchronously, because the render
 * process has no other work meanwhile.
 *
 * @returns null when there is none, or it has more bytes than this
 * @throws the system's error when the file cannot be read
 */
export function readHeifBox(path: string, wanted: string, maxBytes: number): HeifPart | null {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const header = Buffer.alloc(16)
    for (let at = 0; at + 8 <= size;) {
      header.fill(0)
      readSync(file, header, 0, 16, at)
      const { length, type } = headerOf(header, 0, size - at)
      if (length < 8) return null
      if (type === wanted) return length > maxBytes ? null : { bytes: readPart(file, at, length), at }
      at += length
    }
    return null
  } finally {
    closeSync(file)
  }
}

/** The boxes in a part of these bytes, up to the first one that is invalid. */
export function heifBoxesIn(bytes: Buffer, start: number, end: number): HeifBox[] {
  const boxes: HeifBox[] = []
  for (let at = start; at + 8 <= end;) {
    const { type, header, length } = headerOf(bytes, at, end - at)
    if (length < header || at + length > end) break
    boxes.push({ type, typeAt: at + 4, start: at + header, end: at + length })
    at += length
  }
  return boxes
}

function readPart(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(file, bytes, 0, length, at))
}

/** A length of 1 is followed by a longer one, and a length of 0 means up to the end. */
function headerOf(bytes: Buffer, at: number, rest: number): { type: string; header: number; length: number } {
  const short = bytes.readUInt32BE(at)
  const type = bytes.toString('latin1', at + 4, at + 8)
  if (short === 1) return { type, header: 16, length: rest < 16 ? 0 : Number(bytes.readBigUInt64BE(at + 8)) }
  return { type, header: 8, length: short === 0 ? rest : short }
}
