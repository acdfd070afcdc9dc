import { describe, expect, it } from '@jest/globals'
import { thumbHashToAverageRGBA } from 'thumbhash'

import { dominantColorOf, thumbhashOf, type RgbaPixels } from './picture-facts.ts'

type Colour = [number, number, number, number]

/** A picture of one row, with the given number of pixels of each colour. */
function row(...parts: [number, Colour][]): RgbaPixels {
  const pixels = parts.flatMap(([count, colour]) => Array.from({ length: count }, () => colour))
  return { width: pixels.length, height: 1, rgba: Uint8Array.from(pixels.flat()) }
}

const red: Colour = [250, 10, 10, 255]
const blue: Colour = [10, 10, 250, 255]

describe('the dominant colour', () => {
  it('is the most frequent colour of the picture, not the mean', () => {
    expect(dominantColorOf(row([5, red], [4, blue]))).toBe('#fa0a0a')
    expect(dominantColorOf(row([4, red], [5, blue]))).toBe('#0a0afa')
  })

  it('groups similar shades', () => {
    expect(dominantColorOf(row([2, [128, 64, 32, 255]], [2, [130, 66, 34, 255]], [3, blue]))).toBe('#814121')
  })

  it('ignores transparent pixels', () => {
    expect(dominantColorOf(row([9, [0, 0, 0, 0]], [2, blue]))).toBe('#0a0afa')
    expect(dominantColorOf(row([9, [90, 90, 90, 0]]))).toBe('#000000')
  })
})

describe('the thumbhash', () => {
  it('contains the colour of the picture in a few bytes', () => {
    const side = 20
    const rgba = Uint8Array.from(Array.from({ length: side * side }, () => red).flat())
    const hash = Buffer.from(thumbhashOf({ width: side, height: side, rgba }), 'base64')
    expect(hash.length).toBeLessThan(30)
    const { r, g, b } = thumbHashToAverageRGBA(hash)
    expect([r > 0.8, g < 0.2, b < 0.2]).toEqual([true, true, true])
  })
})
