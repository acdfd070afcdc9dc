import { expect } from '@jest/globals'
import sharp from 'sharp'

import { filled } from './apng-writer.ts'

/** Red, green, blue and alpha. */
export type Pixel = readonly number[]

export const red: Pixel = [220, 40, 40, 255]
export const green: Pixel = [40, 200, 60, 255]
export const blue: Pixel = [40, 60, 220, 255]
export const clear: Pixel = [0, 0, 0, 0]

/** The width and height of the frames, and their right half. */
export const canvas = { width: 40, height: 20 }
export const right = { left: 20, top: 0, width: 20, height: 20 }

/** A whole frame, and a half of it. */
export const whole = (...pixel: Pixel): Buffer => filled(canvas.width, canvas.height, ...pixel)
export const half = (...pixel: Pixel): Buffer => filled(right.width, right.height, ...pixel)

/** One pixel in the left half, another one in the right half. */
export function beside(first: Pixel, second: Pixel): Buffer {
  const row = Buffer.concat([filled(right.width, 1, ...first), filled(right.width, 1, ...second)])
  return Buffer.concat(Array.from({ length: canvas.height }, () => row))
}

/** The pixels of each frame at these places, in fractions of its width and height. */
export async function framesOf(
  bytes: Buffer | undefined,
  places: [number, number][] = [
    [0.25, 0.5],
    [0.75, 0.5],
  ],
): Promise<Pixel[][]> {
  const image = sharp(bytes, { animated: true }).ensureAlpha().raw()
  const { data, info } = await image.toBuffer({ resolveWithObject: true })
  const { width, height, pages = 1, pageHeight = height } = info
  return Array.from({ length: pages }, (_, page) =>
    places.map(([x, y]) => {
      const row = page * pageHeight + Math.floor(pageHeight * y)
      const at = (row * width + Math.floor(width * x)) * 4
      return [...data.subarray(at, at + 4)]
    }),
  )
}

/** Matches a pixel after lossy encoding. The colour of a transparent pixel does not matter. */
export function near(pixel: Pixel): unknown {
  if (pixel[3] === 0) return [expect.any(Number), expect.any(Number), expect.any(Number), 0]
  return pixel.map((part) => expect.closeTo(part, -1))
}
