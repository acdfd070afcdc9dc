import { describe, expect, it } from '@jest/globals'

import type { Region } from './geometry.ts'
import { over, pixelsOf, type Pixels } from './pixels.ts'
import { dimensionsTurned, regionBefore, turnBoth, turned, turnOfOrientation, type Turn } from './turn.ts'

/** Three columns and two rows of different grey values. */
const stored: Pixels = { data: Buffer.from([1, 2, 3, 4, 5, 6]), width: 3, height: 2, channels: 1 }
/** The rows after each orientation (Exif 2.32, 4.6.4). */
const upright: [number, number[][]][] = [
  [
    1,
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
  [
    2,
    [
      [3, 2, 1],
      [6, 5, 4],
    ],
  ],
  [
    3,
    [
      [6, 5, 4],
      [3, 2, 1],
    ],
  ],
  [
    4,
    [
      [4, 5, 6],
      [1, 2, 3],
    ],
  ],
  [
    5,
    [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
  ],
  [
    6,
    [
      [4, 1],
      [5, 2],
      [6, 3],
    ],
  ],
  [
    7,
    [
      [6, 3],
      [5, 2],
      [4, 1],
    ],
  ],
  [
    8,
    [
      [3, 6],
      [2, 5],
      [1, 4],
    ],
  ],
]
const turns: Turn[] = upright.map(([orientation]) => turnOfOrientation(orientation))

function rowsOf(pixels: Pixels): number[][] {
  const { data, width, height, channels } = pixels
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => data[(y * width + x) * channels] ?? -1),
  )
}

describe('a turn', () => {
  it.each(upright)('makes a picture with orientation %i upright', async (orientation, rows) => {
    const turn = turnOfOrientation(orientation)
    expect(rowsOf(await turned(stored, turn))).toEqual(rows)
    expect(dimensionsTurned(stored, turn)).toEqual({ width: rows[0]?.length, height: rows.length })
  })

  it('of an unknown orientation does nothing', async () => {
    for (const orientation of [undefined, 0, 9, 1.5]) {
      expect(await turned(stored, turnOfOrientation(orientation))).toEqual(stored)
    }
  })

  it('after another one is the same as both together', async () => {
    for (const first of turns) {
      for (const second of turns) {
        const both = await turned(stored, turnBoth(first, second))
        expect(rowsOf(await turned(await turned(stored, first), second))).toEqual(rowsOf(both))
      }
    }
  })

  it('moves a region of the stored picture to a region of the upright one', async () => {
    for (const turn of turns) {
      const after = await turned(stored, turn)
      const region = { left: after.width - 1, top: 0, width: 1, height: 2 }
      const before = regionBefore(region, after, turn)
      expect(rowsOf(await turned(await cut(stored, before), turn))).toEqual(rowsOf(await cut(after, region)))
    }
  })
})

function cut(pixels: Pixels, region: Region): Promise<Pixels> {
  return pixelsOf(over(pixels).extract(region))
}
