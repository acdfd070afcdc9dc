/** The format of a HEIF file, from its brands (ISO 23008-12, annex B; AVIF 1.1, 9). Null for any other file. */
export function heifFormatOf(head: Buffer): 'heic' | 'avif' | null {
  if (head.length < 16 || head.toString('latin1', 4, 8) !== 'ftyp') return null
  const names = head.toString('latin1', 8, Math.min(head.readUInt32BE(0), MAX_BRANDS_BYTES))
  const brands = names.match(/[^]{4}/g) ?? []
  const isPicture = heifBrands.has(brands[0] ?? '')
  if (!isPicture) return null
  // A major brand such as `mif1` does not determine the codec; the other brands do.
  return brands.some((brand) => brand === 'avif' || brand === 'avis') ? 'avif' : 'heic'
}

/**
 * The dimensions of the largest picture in a HEIF file; zeros if they are not found. The tiles of a grid, thumbnails and
 * depth maps have dimensions of their own, which are all smaller.
 */
export function heifDimensionsOf(head: Buffer): { width: number; height: number } {
  const largest = { width: 0, height: 0 }
  const meta = boxIn(head, 'meta', { start: 0, end: head.length })
  // `meta` is a full box: it begins with 4 bytes of version and flags.
  const iprp = meta && boxIn(head, 'iprp', { start: meta.start + 4, end: meta.end })
  const ipco = iprp && boxIn(head, 'ipco', iprp)
  if (!ipco) return largest
  for (const { type, start, end } of boxesIn(head, ipco)) {
    if (type !== 'ispe' || end - start < 12) continue
    const size = { width: head.readUInt32BE(start + 4), height: head.readUInt32BE(start + 8) }
    if (size.width * size.height > largest.width * largest.height) Object.assign(largest, size)
  }
  return largest
}

/**
 * Whether the main content of a HEIF file is a sequence of pictures, which is not rendered. The major brand says so, but
 * encoders also write it for HEICs with one picture. media-worker checks the same.
 */
export function isHeifSequence(head: Buffer): boolean {
  const brand = head.toString('latin1', 8, 12)
  if (brand === 'avis') return true
  return sequenceBrands.has(brand) && boxesAt(head, ['moov', 'trak', 'mdia']).some((media) => hasFrames(head, media))
}

/** Whether a track has pictures, and more than one of them. */
function hasFrames(head: Buffer, media: Box): boolean {
  const [handler] = boxesAt(head, ['hdlr'], media)
  const [sizes] = boxesAt(head, ['minf', 'stbl', 'stsz'], media)
  if (!handler || !sizes || sizes.end - sizes.start < 12) return false
  // ISO 14496-12, 8.4.3 and 8.7.3: the type of a track, and the number of its samples.
  return (
    head.toString('latin1', handler.start + 8, handler.start + 12) === 'pict' && head.readUInt32BE(sizes.start + 8) > 1
  )
}

/** The accepted major brands. The compatible brands after the major brand are not checked. */
const heifBrands = new Set([
  'heic',
  'heix',
  'heim',
  'heis',
  'hevc',
  'hevx',
  'hevm',
  'hevs',
  'mif1',
  'mif2',
  'msf1',
  'avif',
  'avis',
])
/** Brands of sequences in HEVC. */
const sequenceBrands = new Set(['msf1', 'hevc', 'hevx', 'hevm', 'hevs'])
/** Maximum number of bytes in which brands are read. libheif accepts 1,000 brands; encoders write about ten. */
const MAX_BRANDS_BYTES = 400

interface Box {
  start: number
  end: number
}

function boxIn(head: Buffer, wanted: string, within: Box): Box | null {
  for (const box of boxesIn(head, within)) if (box.type === wanted) return box
  return null
}

/** All boxes that a path of types leads to. */
function boxesAt(head: Buffer, [type, ...others]: string[], within: Box = { start: 0, end: head.length }): Box[] {
  const found = [...boxesIn(head, within)].filter((box) => box.type === type)
  return others.length === 0 ? found : found.flatMap((box) => boxesAt(head, others, box))
}

/**
 * The boxes that begin in a part of these bytes, each with the position of its content. The last box may be truncated
 * (ISO 14496-12, 4.2).
 */
function* boxesIn(head: Buffer, { start, end }: Box): Generator<Box & { type: string }> {
  const last = Math.min(end, head.length)
  for (let at = start; at + 8 <= last;) {
    const short = head.readUInt32BE(at)
    const long = short === 1 && at + 16 <= last ? Number(head.readBigUInt64BE(at + 8)) : null
    const header = long === null ? 8 : 16
    const size = long ?? (short === 0 ? last - at : short)
    if (size < header) return
    yield { type: head.toString('latin1', at + 4, at + 8), start: at + header, end: Math.min(at + size, last) }
    at += size
  }
}
