import type { Apng } from './apng.ts'
import type { Region } from './geometry.ts'

/**
 * Whether a part of the canvas is transparent at some frame because the frames do not cover it. The canvas is transparent
 * before the first frame (PNG 3rd edition, 11.3.4.2).
 */
export function leavesGaps({ frames, ...canvas }: Apng): boolean {
  let gap: Region | null = { left: 0, top: 0, ...canvas }
  for (const [index, frame] of frames.entries()) {
    if (gap && !covers(frame, gap)) return true
    if (frame.disposal === 'clear' || (frame.disposal === 'restore' && index === 0)) gap = frame
    // A restored region has the gap that it had before.
    else if (frame.disposal === 'keep') gap = null
  }
  return false
}

function covers(region: Region, other: Region): boolean {
  return (
    region.left <= other.left &&
    region.top <= other.top &&
    region.left + region.width >= other.left + other.width &&
    region.top + region.height >= other.top + other.height
  )
}
