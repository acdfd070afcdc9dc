/** What a HEIF is by the brands that it names (ISO 23008-12, annex B; AVIF 1.1, 9): null for what is none. */
export function heifFormatOf(head: Buffer): 'heic' | 'avif' | null {
  if (head.length < 16 || head.toString('latin1', 4, 8) !== 'ftyp') return null
  const names = head.toString('latin1', 8, Math.min(head.readUInt32BE(0), MOST_BRANDS_BYTES))
  const brands = names.match(/[^]{4}/g) ?? []
  const isPicture = heifBrands.has(brands[0] ?? '')
  if (!isPicture) return null
  // A brand that leaves the codec open is that of the others.
  return brands.some((brand) => brand === 'avif' || brand === 'avis') ? 'avif' : 'heic'
}

/**
 * The largest picture in a HEIF: the tiles of a grid, thumbnails and depth maps have sizes of their own, all smaller.
 */
export function heifDimensionsOf(head: Buffer): { width: number; height: number } {
  const largest = { width: 0, height: 0 }
  const meta = boxIn(head, 'meta', { start: 0, end: head.length })
  // A full box begins with a version and flags.
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

/** Names of majors; what is allowed to follow is checked by nobody. */
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
/** libheif takes 1,000 brands; a writer names ten. */
const MOST_BRANDS_BYTES = 400

interface Box {
  start: number
  end: number
}

function boxIn(head: Buffer, wanted: string, within: Box): Box | null {
  for (const box of boxesIn(head, within)) if (box.type === wanted) return box
  return null
}

/**
 * The boxes that begin in a part of these bytes, with where their insides lie; the last may be cut (ISO 14496-12, 4.2).
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
