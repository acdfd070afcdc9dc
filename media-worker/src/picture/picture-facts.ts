import { rgbaToThumbHash } from 'thumbhash'

import type { CameraFacts } from './exif-facts.ts'

/** The facts of a picture that are stored. Width and height are upright, in pixels. */
export interface PictureFacts extends CameraFacts {
  width: number
  height: number
  format: 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff' | 'heic' | 'svg'
  pages: number
  animated: boolean
  hasAlpha: boolean
  /** Base64. */
  thumbhash: string
  /** `#rrggbb`. */
  dominantColor: string
}

/** Pixels of red, green, blue and alpha, a byte each; alpha is not premultiplied. */
export interface RgbaPixels {
  width: number
  height: number
  rgba: Uint8Array
}

/** Maximum side of a thumbhash's source. */
export const THUMBHASH_SIDE = 100

/**
 * A few bytes from which a browser draws a blurred preview (https://evanw.github.io/thumbhash/).
 *
 * @returns base64
 */
export function thumbhashOf({ width, height, rgba }: RgbaPixels): string {
  return Buffer.from(rgbaToThumbHash(width, height, rgba)).toString('base64')
}

/**
 * The dominant colour of a picture: the mean of the pixels in the fullest of 16³ colour boxes. Pixels that are more than
 * half transparent do not count. If all are, the colour is black.
 *
 * @returns `#rrggbb`
 */
export function dominantColorOf({ rgba }: RgbaPixels): string {
  const boxes = new Map<number, { count: number; red: number; green: number; blue: number }>()
  let fullest = { count: 0, red: 0, green: 0, blue: 0 }
  for (let at = 0; at + 3 < rgba.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(at, at + 4)
    if (alpha < 128) continue
    const index = ((red >> 4) << 8) | ((green >> 4) << 4) | (blue >> 4)
    const box = boxes.get(index) ?? { count: 0, red: 0, green: 0, blue: 0 }
    box.count += 1
    box.red += red
    box.green += green
    box.blue += blue
    boxes.set(index, box)
    if (box.count > fullest.count) fullest = box
  }
  const { count, red, green, blue } = fullest
  if (count === 0) return '#000000'
  return `#${[red, green, blue]
    .map((sum) =>
      Math.round(sum / count)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}
