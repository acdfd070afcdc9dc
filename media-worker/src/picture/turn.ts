import type { Dimensions, Region } from './geometry.ts'
import { over, pixelsOf, type Pixels } from './pixels.ts'

/** How a stored picture becomes upright: rotated by quarter turns clockwise, then mirrored left to right. */
export interface Turn {
  /** 0 to 3. */
  quarters: number
  mirrored: boolean
}

export const NO_TURN: Turn = { quarters: 0, mirrored: false }

/** The values of Exif's tag Orientation (Exif 2.32, 4.6.4), from 1. */
const byOrientation: readonly Turn[] = [
  NO_TURN,
  { quarters: 0, mirrored: true },
  { quarters: 2, mirrored: false },
  { quarters: 2, mirrored: true },
  { quarters: 1, mirrored: true },
  { quarters: 1, mirrored: false },
  { quarters: 3, mirrored: true },
  { quarters: 3, mirrored: false },
]

/** The turn of an Exif orientation. Values that Exif does not define turn nothing. */
export function turnOfOrientation(orientation: number | undefined): Turn {
  return byOrientation[(orientation ?? 1) - 1] ?? NO_TURN
}

/** One turn after the other. A rotation of a mirrored picture is the opposite rotation, mirrored. */
export function turnBoth(first: Turn, second: Turn): Turn {
  const quarters = first.quarters + (first.mirrored ? -second.quarters : second.quarters)
  return { quarters: (quarters + 4) % 4, mirrored: first.mirrored !== second.mirrored }
}

export function turnsNothing({ quarters, mirrored }: Turn): boolean {
  return quarters === 0 && !mirrored
}

/** The dimensions after a turn, and also the dimensions before it. */
export function dimensionsTurned({ width, height }: Dimensions, { quarters }: Turn): Dimensions {
  return quarters % 2 === 0 ? { width, height } : { width: height, height: width }
}

/** The region of the stored picture that a turn moves to this region. The dimensions are those after the turn. */
export function regionBefore(region: Region, dimensions: Dimensions, { quarters, mirrored }: Turn): Region {
  let { width } = dimensions
  let { height } = dimensions
  let before = mirrored ? { ...region, left: width - region.left - region.width } : region
  for (let undone = 0; undone < quarters; undone++) {
    const left = before.top
    const top = width - before.left - before.width
    before = { left, top, width: before.height, height: before.width }
    const across = width
    width = height
    height = across
  }
  return before
}

/** Turns decoded pixels. */
export async function turned(pixels: Pixels, turn: Turn): Promise<Pixels> {
  if (turnsNothing(turn)) return pixels
  const { quarters, mirrored } = turn
  // sharp mirrors before it rotates, which reverses the rotation.
  const clockwise = mirrored ? (4 - quarters) % 4 : quarters
  return pixelsOf(
    over(pixels)
      .flop(mirrored)
      .rotate(clockwise * 90),
  )
}
