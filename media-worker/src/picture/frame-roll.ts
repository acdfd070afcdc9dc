import sharp, { type Sharp } from 'sharp'

import type { Dimensions } from './geometry.ts'
import type { Pixels } from './pixels.ts'
import { turned, turnsNothing, type Turn } from './turn.ts'

/** The decoded frames of an animation, one below the other. Width and height are those of one frame. */
export interface FrameRoll extends Pixels {
  pages: number
}

export function emptyRoll({ width, height }: Dimensions, channels: 3 | 4, pages: number): FrameRoll {
  return { data: Buffer.alloc(width * height * channels * pages), width, height, channels, pages }
}

/** A sharp instance that reads these frames without a copy. */
export function overRoll({ data, width, height, channels, pages }: FrameRoll): Sharp {
  const raw = { width, height: height * pages, channels, pageHeight: height }
  return sharp(data, { raw, animated: true, limitInputPixels: false })
}

/** Turns every frame. A turned frame has as many bytes, so it replaces the frame in the roll. */
export async function rollTurned(roll: FrameRoll, turn: Turn): Promise<FrameRoll> {
  if (turnsNothing(turn)) return roll
  const { data, width, height, channels, pages } = roll
  const bytes = width * height * channels
  let upright: Dimensions = roll
  for (let page = 0; page < pages; page++) {
    const frame = Buffer.from(data.subarray(page * bytes, (page + 1) * bytes))
    const pixels = await turned({ data: frame, width, height, channels }, turn)
    pixels.data.copy(data, page * bytes)
    upright = pixels
  }
  return { data, width: upright.width, height: upright.height, channels, pages }
}
