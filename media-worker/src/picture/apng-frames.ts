import type { Apng, ApngFrame } from './apng.ts'
import { sameDimensions, type Region } from './geometry.ts'
import { corruptPicture } from './picture-error.ts'
import type { Pixels } from './pixels.ts'
import { CHUNK_FRAME_BYTES, CHUNK_HEADER_BYTES, isIntact, PNG_SIGNATURE, pngChunk, withPng } from './png-chunks.ts'

/** Decodes a PNG into red, green, blue and alpha. */
export type DecodeFrame = (png: Buffer, frame: ApngFrame) => Promise<Pixels>

const CHANNELS = 4

/**
 * The whole canvas at each frame, in red, green, blue and alpha. Only one frame is decoded at a time. The pixels are
 * valid until the next one.
 *
 * @throws PictureError when a frame is corrupt
 */
export async function* canvasesOf(apng: Apng, decode: DecodeFrame): AsyncGenerator<Pixels> {
  const { width, height, frames } = apng
  const canvas: Pixels = { data: Buffer.alloc(width * height * CHANNELS), width, height, channels: CHANNELS }
  for (const [index, frame] of frames.entries()) {
    const pixels = await decode(pngOf(apng, frame), frame)
    const before = frame.disposal === 'restore' && index > 0 ? copied(canvas, frame) : null
    if (frame.blends) blend(canvas, frame, pixels.data)
    else replace(canvas, frame, pixels.data)
    yield canvas
    if (before) replace(canvas, frame, before)
    else if (frame.disposal !== 'keep') clear(canvas, frame)
  }
}

/**
 * The first frame as a PNG of its own, which is the picture of an animation of one frame. Null when it does not cover the
 * canvas.
 */
export function firstFrameOf(apng: Apng): Buffer | null {
  const [frame] = apng.frames
  return frame && sameDimensions(frame, apng) ? pngOf(apng, frame, apng.exif) : null
}

/** A frame as a PNG of its own: the data of `fdAT` is that of `IDAT`, after a sequence number. */
function pngOf(apng: Apng, { width, height, start, end }: ApngFrame, ...others: Buffer[]): Buffer {
  const header = Buffer.from(apng.header)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  const bytes = withPng(apng.path, (png) => png.read(start, end - start))
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', header),
    apng.shared,
    ...others,
    ...dataChunksIn(bytes),
    pngChunk('IEND'),
  ])
}

function dataChunksIn(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at + CHUNK_FRAME_BYTES <= bytes.length;) {
    const end = at + CHUNK_FRAME_BYTES + bytes.readUInt32BE(at)
    const chunk = bytes.subarray(at, end)
    const type = chunk.toString('latin1', 4, CHUNK_HEADER_BYTES)
    if (type === 'IDAT') chunks.push(chunk)
    if (type === 'fdAT') {
      if (!isIntact(chunk)) throw corruptPicture('a frame of the animated PNG has a wrong checksum')
      chunks.push(pngChunk('IDAT', chunk.subarray(CHUNK_HEADER_BYTES + 4, -4)))
    }
    at = end
  }
  return chunks
}

/** The positions of each row of a region in the canvas. */
function* rowsOf({ width }: Pixels, { left, top, height, ...region }: Region): Generator<[start: number, end: number]> {
  for (let y = top; y < top + height; y++) {
    const start = (y * width + left) * CHANNELS
    yield [start, start + region.width * CHANNELS]
  }
}

function replace(canvas: Pixels, region: Region, pixels: Buffer): void {
  let at = 0
  for (const [start, end] of rowsOf(canvas, region)) at += pixels.copy(canvas.data, start, at, at + end - start)
}

function copied(canvas: Pixels, region: Region): Buffer {
  return Buffer.concat([...rowsOf(canvas, region)].map(([start, end]) => canvas.data.subarray(start, end)))
}

function clear(canvas: Pixels, region: Region): void {
  for (const [start, end] of rowsOf(canvas, region)) canvas.data.fill(0, start, end)
}

/** Draws pixels over the canvas (PNG 3rd edition, 13.16). Neither is premultiplied. */
function blend({ data, ...canvas }: Pixels, region: Region, pixels: Buffer): void {
  let from = 0
  for (const [start, end] of rowsOf({ data, ...canvas }, region)) {
    for (let at = start; at < end; at += CHANNELS, from += CHANNELS) {
      const alpha = pixels[from + 3] ?? 0
      if (alpha === 0) continue
      if (alpha === 255) {
        pixels.copy(data, at, from, from + CHANNELS)
        continue
      }
      const below = ((data[at + 3] ?? 0) * (255 - alpha)) / 255
      const sum = alpha + below
      for (let channel = 0; channel < 3; channel++) {
        const mixed = (pixels[from + channel] ?? 0) * alpha + (data[at + channel] ?? 0) * below
        data[at + channel] = Math.round(mixed / sum)
      }
      data[at + 3] = Math.round(sum)
    }
  }
}
