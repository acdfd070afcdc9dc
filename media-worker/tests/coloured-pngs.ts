import { deflateSync } from 'node:zlib'

import sharp, { type Sharp } from 'sharp'

import { pngChunk } from '../src/picture/png-chunks.ts'
import { size } from './four-quarters.ts'

/** Values of 0–1 of each channel: grey or RGB, and perhaps alpha. */
export type At = (x: number, y: number) => number[]

export interface Coded {
  bits?: 8 | 16
  /** Encodes the picture otherwise than as a plain PNG. */
  written?(image: Sharp): Sharp
}

const SIGNATURE_AND_HEADER_BYTES = 33

/** A PNG with these values and chunks. */
export async function pngOf(
  at: At,
  chunks: Buffer[],
  { bits = 8, written = (image) => image.png() }: Coded = {},
): Promise<Buffer> {
  const { width, height } = size
  const values = Array.from({ length: width * height }, (_, index) => at(index % width, Math.floor(index / width)))
  const channels = (values[0]?.length ?? 3) as 1 | 2 | 3 | 4
  const most = 2 ** bits - 1
  const numbers = values.flat().map((value) => Math.round(value * most))
  const raw = { width, height, channels }
  const image = sharp(bits === 16 ? Uint16Array.from(numbers) : Uint8Array.from(numbers), { raw })
  const spaces = bits === 16 ? (['grey16', 'rgb16'] as const) : (['b-w', 'srgb'] as const)
  const png = await written(image.toColourspace(spaces[channels < 3 ? 0 : 1])).toBuffer()
  const start = png.subarray(0, SIGNATURE_AND_HEADER_BYTES)
  return Buffer.concat([start, ...chunks, png.subarray(SIGNATURE_AND_HEADER_BYTES)])
}

export const gama = (gamma: number): Buffer => pngChunk('gAMA', uint32(Math.round(gamma * 100_000)))
export const cicp = (...codes: number[]): Buffer => pngChunk('cICP', Buffer.from(codes))
export const iccp = (profile: Buffer): Buffer =>
  pngChunk('iCCP', Buffer.from('name\0\0', 'latin1'), deflateSync(profile))
/** White, red, green and blue. */
export const chrm = (...points: number[]): Buffer =>
  pngChunk('cHRM', ...points.map((part) => uint32(Math.round(part * 100_000))))

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
