import type { Dimensions, Region } from './geometry.ts'
import type { HeifItems, HeifProperty } from './heif-items.ts'
import { corruptPicture } from './picture-error.ts'
import { dimensionsTurned, NO_TURN, regionBefore, turnBoth, type Turn } from './turn.ts'

/** How the visible picture lies in the decoded pixels of a HEIF or AVIF. */
export interface HeifPlacement {
  /** The dimensions of the decoded pixels. */
  coded: Dimensions
  /** The visible region of the decoded pixels, before it is turned. */
  region: Region
  turn: Turn
  /** The boxes of transformations that are applied here, so that the decoder must not apply them. */
  boxes: readonly HeifProperty[]
}

/**
 * The transformations of the primary picture, if the decoder would not apply them correctly; otherwise null.
 *
 * - Libheif rejects a coded picture that is much larger than its clean aperture (`clap`).
 * - Libheif applies only the transformations of the alpha plane to it, but encoders before libavif 1.0 wrote
 *   transformations for the colours only. They apply to both (ISO 23000-22, 7.3.5.2), as in browsers.
 *
 * @throws PictureError when nothing is visible
 */
export function placementOf(items: HeifItems): HeifPlacement | null {
  const chain = derivationOf(items)
  const own = chain.flatMap((item) => transformationsOf(items, item))
  const alpha = alphaOf(items)
  const ofAlpha = alpha === null ? [] : transformationsOf(items, alpha)
  const isAlphaApart = alpha !== null && !areEqual(own, ofAlpha)
  if (!isAlphaApart && !own.some(({ type }) => type === 'clap')) return null
  const coded = codedOf(items, chain)
  return coded && { coded, ...applied(own, coded), boxes: [...own, ...ofAlpha] }
}

/** Makes the decoder ignore the boxes: it reads each of them as a rotation by no turn. */
export function ignoreTransformations(bytes: Uint8Array, { boxes }: HeifPlacement): void {
  for (const { typeAt, contentAt } of boxes) {
    bytes.set(Buffer.from('irot'), typeAt)
    bytes[contentAt] = 0
  }
}

/** The dimensions of the visible picture, upright. */
export function dimensionsPlaced({ region, turn }: HeifPlacement): Dimensions {
  return dimensionsTurned(region, turn)
}

/** The primary item, after the items that it shows unchanged (`iden`), which have transformations of their own. */
function derivationOf({ primary, typeOf, references }: HeifItems): number[] {
  const chain = [primary]
  for (let item = primary; typeOf(item) === 'iden';) {
    const [source] = references.find(({ type, from }) => type === 'dimg' && from === item)?.to ?? []
    if (source === undefined || chain.includes(source)) break
    chain.unshift(source)
    item = source
  }
  return chain
}

function transformationsOf(items: HeifItems, item: number): HeifProperty[] {
  return items
    .propertiesOf(item)
    .filter(({ type, content }) => content.length > 0 && (type === 'clap' || type === 'irot' || type === 'imir'))
}

/** The names of an alpha plane (ISO 23008-12, 6.6.2.1.2; ISO 23091-2; AVIF 1.1, 4.1). */
const alphaNames = [
  'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha',
  'urn:mpeg:hevc:2015:auxid:1',
  'urn:mpeg:avc:2015:auxid:1',
]

function alphaOf({ primary, references, propertiesOf }: HeifItems): number | null {
  for (const { type, from, to } of references) {
    if (type !== 'auxl' || !to.includes(primary)) continue
    const named =
      propertiesOf(from)
        .find((property) => property.type === 'auxC')
        ?.content.toString('latin1', 4) ?? ''
    if (alphaNames.includes(named.split('\0')[0] ?? '')) return from
  }
  return null
}

function areEqual(some: readonly HeifProperty[], others: readonly HeifProperty[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ type, content }, index) => type === others[index]?.type && content.equals(others[index].content))
  )
}

function codedOf({ propertiesOf }: HeifItems, [first = 0]: readonly number[]): Dimensions | null {
  const size = propertiesOf(first).find(({ type }) => type === 'ispe')?.content
  if (!size || size.length < 12) return null
  return { width: size.readUInt32BE(4), height: size.readUInt32BE(8) }
}

function applied(transformations: readonly HeifProperty[], coded: Dimensions): { region: Region; turn: Turn } {
  let region: Region = { left: 0, top: 0, ...coded }
  let turn = NO_TURN
  for (const { type, content } of transformations) {
    if (type === 'clap') {
      const visible = dimensionsTurned(region, turn)
      const kept = regionBefore(apertureOf(content, visible), visible, turn)
      region = { ...kept, left: region.left + kept.left, top: region.top + kept.top }
    } else {
      turn = turnBoth(turn, type === 'irot' ? rotationOf(content) : mirroringOf(content))
    }
  }
  return { region, turn }
}

/** ISO 23008-12, 6.5.10: quarter turns anticlockwise. */
function rotationOf(content: Buffer): Turn {
  return { quarters: (4 - ((content[0] ?? 0) & 3)) % 4, mirrored: false }
}

/** ISO 23008-12, 6.5.12: 0 exchanges top and bottom, 1 exchanges left and right. */
function mirroringOf(content: Buffer): Turn {
  return { quarters: ((content[0] ?? 0) & 1) === 0 ? 2 : 0, mirrored: true }
}

/**
 * The clean aperture (ISO 14496-12, 12.1.4.1): its width and height, and the offset of its centre from the centre of the
 * picture, as fractions. Rounded as in libheif.
 */
function apertureOf(content: Buffer, { width, height }: Dimensions): Region {
  if (content.length < 32) throw corruptPicture('the clean aperture is incomplete')
  const fractionAt = (at: number): number => content.readInt32BE(at) / content.readInt32BE(at + 4)
  const [wide, high, right, down] = [0, 8, 16, 24].map(fractionAt)
  const across = partOf(width, wide, Math.floor((width - (wide ?? 0)) / 2 + (right ?? 0)))
  const along = partOf(height, high, Math.round((height - (high ?? 0)) / 2 + (down ?? 0)))
  return { left: across.start, top: along.start, width: across.length, height: along.length }
}

/** The part of a side that lies in the picture. */
function partOf(side: number, length: number | undefined, from: number): { start: number; length: number } {
  const to = Math.min(from + Math.round(length ?? 0), side)
  const start = Math.max(from, 0)
  if (!(to > start)) throw corruptPicture('the clean aperture is empty')
  return { start, length: to - start }
}
