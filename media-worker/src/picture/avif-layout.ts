import { readFileSync } from 'node:fs'

import { readHeifItems } from './heif-items.ts'
import { ignoreTransformations, placementOf, type HeifPlacement } from './heif-placement.ts'
import { isNarrowGrey } from './narrow-grey.ts'
import { isPremultiplied } from './premultiplied.ts'

/** What sharp reads of an AVIF, and what it leaves to be done with the decoded pixels. */
export interface AvifLayout {
  /** The file, or its bytes without the transformations of `placement`. */
  input: string | Buffer
  /** The transformations that sharp does not apply correctly; null if it applies all of them. */
  placement: HeifPlacement | null
  /** Whether the decoded colours are multiplied by alpha, which sharp ignores. */
  premultiplied: boolean
  /** Whether the decoded samples are grey in the narrow range of video. */
  narrow: boolean
}

/** @throws PictureError when nothing of the picture is visible; the system's error when the file cannot be read */
export function readAvifLayout(path: string): AvifLayout {
  const items = readHeifItems(path)
  const placement = items && placementOf(items)
  const premultiplied = items !== null && isPremultiplied(items)
  const narrow = items !== null && isNarrowGrey(items)
  if (!placement) return { input: path, placement, premultiplied, narrow }
  const input = readFileSync(path)
  ignoreTransformations(input, placement)
  return { input, placement, premultiplied, narrow }
}
