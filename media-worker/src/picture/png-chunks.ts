import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A chunk of a PNG (PNG 3rd edition, 5.3). Positions are in the file. */
export interface PngChunk {
  type: string
  /** The position of its length, which is its first field. */
  at: number
  /** Number of bytes of its content, which begins 8 bytes after `at`. A checksum of 4 bytes follows. */
  length: number
  /** Whether the file has all of its bytes. */
  whole: boolean
}

/** The file of a PNG. It is read synchronously, because the render process has no other work meanwhile. */
export interface PngFile {
  chunks(): Generator<PngChunk>
  read(at: number, length: number): Buffer
}

export const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
/** Length and type before the content, and the checksum after it. */
export const CHUNK_HEADER_BYTES = 8
export const CHUNK_FRAME_BYTES = 12
/** Most chunks before the pixels are shorter, and are then read with one call. */
const WINDOW_BYTES = 4_096

/**
 * @param source the path of the file, or its bytes
 * @throws the system's error when the file cannot be read
 */
export function withPng<T>(source: string | Buffer, use: (png: PngFile) => T): T {
  if (typeof source !== 'string') return use(pngIn(source))
  const file = openSync(source, 'r')
  try {
    return use(pngFileOf(file))
  } finally {
    closeSync(file)
  }
}

function pngFileOf(file: number): PngFile {
  const { size } = fstatSync(file)
  const read = (at: number, length: number): Buffer => {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - at)))
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, at))
  }
  return { read, chunks: () => chunksIn(read, size) }
}

function pngIn(bytes: Buffer): PngFile {
  const read = (at: number, length: number): Buffer => bytes.subarray(at, at + length)
  return { read, chunks: () => chunksIn(read, bytes.length) }
}

function* chunksIn(read: PngFile['read'], size: number): Generator<PngChunk> {
  let windowAt = 0
  let window = read(0, WINDOW_BYTES)
  if (!window.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) return
  for (let at = PNG_SIGNATURE.length; at + CHUNK_HEADER_BYTES <= size;) {
    if (at + CHUNK_HEADER_BYTES > windowAt + window.length) {
      windowAt = at
      window = read(at, WINDOW_BYTES)
      if (window.length < CHUNK_HEADER_BYTES) return
    }
    const length = window.readUInt32BE(at - windowAt)
    const type = window.toString('latin1', at - windowAt + 4, at - windowAt + CHUNK_HEADER_BYTES)
    const next = at + CHUNK_FRAME_BYTES + length
    yield { type, at, length, whole: next <= size }
    at = next
  }
}

/** Writes a chunk. */
export function pngChunk(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), ...parts])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(body.length - 4)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crcOf(body), body.length + 4)
  return chunk
}

/** Whether the checksum of a whole chunk is right. */
export function isIntact(chunk: Buffer): boolean {
  const end = chunk.length - 4
  return crcOf(chunk.subarray(4, end)) === chunk.readUInt32BE(end)
}

/** PNG 3rd edition, annex D. Node's own function needs Node 22. */
function crcOf(bytes: Buffer): number {
  let crc = 0xff_ff_ff_ff
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return ~crc >>> 0
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xed_b8_83_20 ^ (crc >>> 1) : crc >>> 1
  return crc >>> 0
})
