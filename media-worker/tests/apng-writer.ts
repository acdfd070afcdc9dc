import { deflateSync } from 'node:zlib'

import { PNG_SIGNATURE, pngChunk } from '../src/picture/png-chunks.ts'

/** A frame of an animated PNG. */
export interface ApngFrameOptions {
  /** The packed samples of its rows, without filter bytes. */
  samples: Buffer
  /** Default: the whole canvas. */
  region?: { left: number; top: number; width: number; height: number }
  /** A fraction of a second. */
  delay?: [number, number]
  /** 0 keeps the frame, 1 clears its region, 2 restores what was there before. */
  disposal?: number
  /** 0 replaces the region, 1 blends. */
  blending?: number
}

export interface ApngOptions {
  width: number
  height: number
  /** PNG 3rd edition, 11.2.1; default: 6, colour with alpha. */
  colourType?: number
  depth?: number
  frames: ApngFrameOptions[]
  /** Samples of a default image that is not a frame. */
  hidden?: Buffer
  plays?: number
  /** The declared number of frames; default: the real one. Null: no control chunk. */
  declared?: number | null
  /** Chunks before the pixels. */
  before?: Buffer[]
  /** Number of chunks for the pixels of each frame. */
  parts?: number
}

const channelsOf: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Writes an animated PNG. */
export function apngOf(options: ApngOptions): Buffer {
  const { width, height, colourType = 6, depth = 8, frames, hidden, plays = 0, before = [], parts = 1 } = options
  const { declared = frames.length } = options
  const compress = (samples: Buffer, side: number): Buffer => {
    const rowBytes = Math.ceil((side * (channelsOf[colourType] ?? 1) * depth) / 8)
    const rows = Array.from({ length: samples.length / rowBytes }, (_, y) =>
      samples.subarray(y * rowBytes, (y + 1) * rowBytes),
    )
    return deflateSync(Buffer.concat(rows.flatMap((row) => [Buffer.of(0), row])))
  }
  let sequence = 0
  const chunks = [pngChunk('IHDR', uint32(width), uint32(height), Buffer.of(depth, colourType, 0, 0, 0))]
  if (declared !== null) chunks.push(pngChunk('acTL', uint32(declared), uint32(plays)))
  chunks.push(...before)
  if (hidden) chunks.push(pngChunk('IDAT', compress(hidden, width)))
  for (const [index, frame] of frames.entries()) {
    const { region = { left: 0, top: 0, width, height } } = frame
    chunks.push(pngChunk('fcTL', uint32(sequence++), controlOf({ ...frame, region })))
    const data = compress(frame.samples, region.width)
    const step = Math.ceil(data.length / parts)
    for (let at = 0; at < data.length; at += step) {
      const part = data.subarray(at, at + step)
      chunks.push(index === 0 && !hidden ? pngChunk('IDAT', part) : pngChunk('fdAT', uint32(sequence++), part))
    }
  }
  return Buffer.concat([PNG_SIGNATURE, ...chunks, pngChunk('IEND')])
}

function controlOf({
  region,
  delay = [1, 10],
  disposal = 0,
  blending = 0,
}: ApngFrameOptions & { region: Required<ApngFrameOptions>['region'] }): Buffer {
  const { left, top, width, height } = region
  const [numerator, denominator] = delay
  const numbers = [width, height, left, top].map(uint32)
  return Buffer.concat([...numbers, uint16(numerator), uint16(denominator), Buffer.of(disposal, blending)])
}

/** Equal pixels of these bytes. */
export function filled(width: number, height: number, ...pixel: number[]): Buffer {
  return Buffer.concat(Array.from({ length: width * height }, () => Buffer.from(pixel)))
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
