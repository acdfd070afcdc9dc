import type { HeifItems } from './heif-items.ts'
import type { Samples } from './sample-colours.ts'

/** Black and white of 8 bits in the narrow range of video. */
const BLACK = 16
const WHITE = 235
/** The bytes of `av1C` and `hvcC` that say whether there are only luminances (AV1-ISOBMFF 2.3.3; ISO 14496-15, 8.3.3.1). */
const AV1_FLAGS = 2
const AV1_MONOCHROME = 0x10
const HEVC_CHROMA = 16
/** The byte of an `nclx` with the flag for the full range (ISO 14496-12, 12.1.5). */
const RANGE = 10
const FULL_RANGE = 0x80

/**
 * Whether the primary picture is grey in the narrow range of video. Libheif returns such luminances as they are, although
 * it converts those of colours.
 */
export function isNarrowGrey(items: HeifItems): boolean {
  const shown = derivation(items)
  return hasNarrowRange(items, shown) && shown.some((item) => isGrey(items, item))
}

/** Converts samples of the narrow range to the full range, in place. */
export function widenRange({ data, channels }: Pick<Samples, 'data' | 'channels'>): void {
  const unit = data instanceof Uint16Array ? 257 : 1
  const hasAlpha = channels % 2 === 0
  for (let at = 0; at < data.length; at++) {
    if (hasAlpha && at % channels === channels - 1) continue
    const part = ((data[at] ?? 0) - BLACK * unit) / (WHITE - BLACK)
    data[at] = Math.min(Math.max(Math.round(part * 255), 0), 255 * unit)
  }
}

/** The primary item, and the items from which it is derived: one that it shows, or the tiles of a grid. */
function derivation({ primary, references }: HeifItems): number[] {
  const found = new Set([primary])
  // A set also visits the items that are added meanwhile.
  for (const item of found) {
    const own = references.filter(({ type, from }) => type === 'dimg' && from === item)
    for (const source of own.flatMap(({ to }) => to)) found.add(source)
  }
  return [...found]
}

/** The colours of the primary item take precedence over those of its sources. */
function hasNarrowRange({ propertiesOf }: HeifItems, shown: number[]): boolean {
  const codes = shown
    .flatMap((item) => [...propertiesOf(item)])
    .find(({ type, content }) => type === 'colr' && content.toString('latin1', 0, 4) === 'nclx')
  return codes !== undefined && codes.content.length > RANGE && ((codes.content[RANGE] ?? 0) & FULL_RANGE) === 0
}

function isGrey({ propertiesOf }: HeifItems, item: number): boolean {
  return propertiesOf(item).some(({ type, content }) => {
    if (type === 'av1C') return ((content[AV1_FLAGS] ?? 0) & AV1_MONOCHROME) !== 0
    return type === 'hvcC' && content.length > HEVC_CHROMA && ((content[HEVC_CHROMA] ?? 0) & 3) === 0
  })
}
