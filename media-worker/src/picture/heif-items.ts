import { FULL_BOX_BYTES, heifBoxesIn, readHeifBox, type HeifBox, type HeifPart } from './heif-boxes.ts'

/** A property of an item. Positions are in the file. */
export interface HeifProperty {
  type: string
  typeAt: number
  contentAt: number
  content: Buffer
}

/** A reference from an item to others, such as from an alpha plane to its picture. */
interface HeifReference {
  type: string
  from: number
  to: readonly number[]
}

/** The items of a HEIF or AVIF, as its `meta` box describes them (ISO 23008-12, 14496-12). */
export interface HeifItems {
  primary: number
  typeOf(item: number): string | undefined
  /** In the order of the file, which is the order in which transformations apply (ISO 23008-12, 6.5.1). */
  propertiesOf(item: number): readonly HeifProperty[]
  references: readonly HeifReference[]
}

/** A grid of 1,000 tiles needs 50 KB. */
const MAX_META_BYTES = 16 * 1_048_576

/**
 * Reads the items of a file, without its pictures.
 *
 * @returns null when the file has no readable `meta` box; the decoder then reports the reason
 */
export function readHeifItems(path: string): HeifItems | null {
  const meta = readHeifBox(path, 'meta', MAX_META_BYTES)
  if (!meta) return null
  try {
    return itemsOf(meta)
  } catch (error) {
    // A box that ends before its fields.
    if (error instanceof RangeError) return null
    throw error
  }
}

function itemsOf({ bytes, at }: HeifPart): HeifItems | null {
  const [meta] = heifBoxesIn(bytes, 0, bytes.length)
  if (!meta) return null
  const boxes = heifBoxesIn(bytes, meta.start + FULL_BOX_BYTES, meta.end)
  const find = (type: string): HeifBox | undefined => boxes.find((box) => box.type === type)
  const [pitm, iinf, iref, iprp] = ['pitm', 'iinf', 'iref', 'iprp'].map(find)
  if (!pitm || !iprp) return null
  const types = iinf ? typesIn(bytes, iinf) : new Map<number, string>()
  const properties = propertiesIn(bytes, iprp, at)
  return {
    primary: itemAt(bytes, pitm.start + FULL_BOX_BYTES, bytes[pitm.start] !== 0),
    typeOf: (item) => types.get(item),
    propertiesOf: (item) => properties.get(item) ?? [],
    references: iref ? referencesIn(bytes, iref) : [],
  }
}

/** Item ids have two or four bytes, depending on the version of their box. */
function itemAt(bytes: Buffer, at: number, isLong: boolean): number {
  return isLong ? bytes.readUInt32BE(at) : bytes.readUInt16BE(at)
}

function typesIn(bytes: Buffer, { start, end }: HeifBox): Map<number, string> {
  const types = new Map<number, string>()
  const entriesAt = start + FULL_BOX_BYTES + (bytes[start] === 0 ? 2 : 4)
  for (const entry of heifBoxesIn(bytes, entriesAt, end)) {
    const version = bytes[entry.start] ?? 0
    if (entry.type !== 'infe' || version < 2) continue
    const isLong = version > 2
    // After the id, two bytes of protection.
    const typeAt = entry.start + FULL_BOX_BYTES + (isLong ? 6 : 4)
    types.set(itemAt(bytes, entry.start + FULL_BOX_BYTES, isLong), bytes.toString('latin1', typeAt, typeAt + 4))
  }
  return types
}

function referencesIn(bytes: Buffer, { start, end }: HeifBox): HeifReference[] {
  const isLong = bytes[start] !== 0
  const step = isLong ? 4 : 2
  return heifBoxesIn(bytes, start + FULL_BOX_BYTES, end).map((box) => {
    const count = bytes.readUInt16BE(box.start + step)
    const first = box.start + step + 2
    const to = Array.from({ length: count }, (_, index) => itemAt(bytes, first + index * step, isLong))
    return { type: box.type, from: itemAt(bytes, box.start, isLong), to }
  })
}

function propertiesIn(bytes: Buffer, iprp: HeifBox, metaAt: number): Map<number, HeifProperty[]> {
  const boxes = heifBoxesIn(bytes, iprp.start, iprp.end)
  const container = boxes.find(({ type }) => type === 'ipco')
  const all = container ? heifBoxesIn(bytes, container.start, container.end) : []
  const found = new Map<number, HeifProperty[]>()
  for (const box of boxes) {
    if (box.type !== 'ipma') continue
    for (const { item, indexes } of associationsIn(bytes, box)) {
      const own = indexes.flatMap((index) => all[index - 1] ?? [])
      const properties = own.map(({ type, typeAt, start, end }) => ({
        type,
        typeAt: metaAt + typeAt,
        contentAt: metaAt + start,
        content: bytes.subarray(start, end),
      }))
      found.set(item, [...(found.get(item) ?? []), ...properties])
    }
  }
  return found
}

/** The items of an `ipma` box, each with the indexes of its properties, from 1 (ISO 14496-12, 8.11.14). */
function associationsIn(bytes: Buffer, { start, end }: HeifBox): { item: number; indexes: number[] }[] {
  const isLong = bytes[start] !== 0
  const hasLargeIndexes = ((bytes[start + 3] ?? 0) & 1) !== 0
  const step = hasLargeIndexes ? 2 : 1
  const associations: { item: number; indexes: number[] }[] = []
  const entries = bytes.readUInt32BE(start + FULL_BOX_BYTES)
  let at = start + FULL_BOX_BYTES + 4
  for (let entry = 0; entry < entries && at < end; entry++) {
    const item = itemAt(bytes, at, isLong)
    at += isLong ? 4 : 2
    const count = bytes.readUInt8(at)
    const first = at + 1
    // The highest bit marks an essential property.
    const indexes = Array.from({ length: count }, (_, index) =>
      hasLargeIndexes ? bytes.readUInt16BE(first + index * 2) & 0x7fff : bytes.readUInt8(first + index) & 0x7f,
    )
    associations.push({ item, indexes })
    at = first + count * step
  }
  return associations
}
