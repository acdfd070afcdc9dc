import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A property of an item. Positions are in the file. */
export interface HeifProperty {
  type: string
  typeAt: number
  contentAt: number
  content: Buffer
}

/** A reference from an item to others, such as from an alpha plane to its picture. */
export interface HeifReference {
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
 * Reads the items of a file, without its pictures. It reads synchronously, because the render process has no other work
 * meanwhile.
 *
 * @returns null when the file has no readable `meta` box; the decoder then reports the reason
 */
export function readHeifItems(path: string): HeifItems | null {
  const meta = readMeta(path)
  if (!meta) return null
  try {
    return itemsOf(meta)
  } catch (error) {
    // A box that ends before its fields.
    if (error instanceof RangeError) return null
    throw error
  }
}

interface Meta {
  /** The whole box, from its header. */
  bytes: Buffer
  at: number
}

function readMeta(path: string): Meta | null {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const header = Buffer.alloc(16)
    for (let at = 0; at + 8 <= size;) {
      header.fill(0)
      readSync(file, header, 0, 16, at)
      const { length, type } = headerOf(header, 0, size - at)
      if (length < 8) return null
      if (type === 'meta') return length > MAX_META_BYTES ? null : { bytes: readPart(file, at, length), at }
      at += length
    }
    return null
  } finally {
    closeSync(file)
  }
}

function readPart(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(file, bytes, 0, length, at))
}

interface Box {
  type: string
  typeAt: number
  start: number
  end: number
}

/** ISO 14496-12, 4.2: a length of 1 is followed by a longer one, and a length of 0 means up to the end. */
function headerOf(bytes: Buffer, at: number, rest: number): { type: string; header: number; length: number } {
  const short = bytes.readUInt32BE(at)
  const type = bytes.toString('latin1', at + 4, at + 8)
  if (short === 1) return { type, header: 16, length: Number(bytes.readBigUInt64BE(at + 8)) }
  return { type, header: 8, length: short === 0 ? rest : short }
}

function boxesIn(bytes: Buffer, start: number, end: number): Box[] {
  const boxes: Box[] = []
  for (let at = start; at + 8 <= end;) {
    const { type, header, length } = headerOf(bytes, at, end - at)
    if (length < header || at + length > end) break
    boxes.push({ type, typeAt: at + 4, start: at + header, end: at + length })
    at += length
  }
  return boxes
}

/** Bytes of version and flags, with which a full box begins. */
const FULL = 4

function itemsOf({ bytes, at }: Meta): HeifItems | null {
  const [meta] = boxesIn(bytes, 0, bytes.length)
  if (!meta) return null
  const boxes = boxesIn(bytes, meta.start + FULL, meta.end)
  const find = (type: string): Box | undefined => boxes.find((box) => box.type === type)
  const [pitm, iinf, iref, iprp] = ['pitm', 'iinf', 'iref', 'iprp'].map(find)
  if (!pitm || !iprp) return null
  const types = iinf ? typesIn(bytes, iinf) : new Map<number, string>()
  const properties = propertiesIn(bytes, iprp, at)
  return {
    primary: itemAt(bytes, pitm.start + FULL, bytes[pitm.start] !== 0),
    typeOf: (item) => types.get(item),
    propertiesOf: (item) => properties.get(item) ?? [],
    references: iref ? referencesIn(bytes, iref) : [],
  }
}

/** Item ids have two or four bytes, depending on the version of their box. */
function itemAt(bytes: Buffer, at: number, isLong: boolean): number {
  return isLong ? bytes.readUInt32BE(at) : bytes.readUInt16BE(at)
}

function typesIn(bytes: Buffer, { start, end }: Box): Map<number, string> {
  const types = new Map<number, string>()
  const entriesAt = start + FULL + (bytes[start] === 0 ? 2 : 4)
  for (const entry of boxesIn(bytes, entriesAt, end)) {
    const version = bytes[entry.start] ?? 0
    if (entry.type !== 'infe' || version < 2) continue
    const isLong = version > 2
    // After the id, two bytes of protection.
    const typeAt = entry.start + FULL + (isLong ? 6 : 4)
    types.set(itemAt(bytes, entry.start + FULL, isLong), bytes.toString('latin1', typeAt, typeAt + 4))
  }
  return types
}

function referencesIn(bytes: Buffer, { start, end }: Box): HeifReference[] {
  const isLong = bytes[start] !== 0
  const step = isLong ? 4 : 2
  return boxesIn(bytes, start + FULL, end).map((box) => {
    const count = bytes.readUInt16BE(box.start + step)
    const first = box.start + step + 2
    const to = Array.from({ length: count }, (_, index) => itemAt(bytes, first + index * step, isLong))
    return { type: box.type, from: itemAt(bytes, box.start, isLong), to }
  })
}

function propertiesIn(bytes: Buffer, iprp: Box, metaAt: number): Map<number, HeifProperty[]> {
  const boxes = boxesIn(bytes, iprp.start, iprp.end)
  const container = boxes.find(({ type }) => type === 'ipco')
  const all = container ? boxesIn(bytes, container.start, container.end) : []
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
function associationsIn(bytes: Buffer, { start, end }: Box): { item: number; indexes: number[] }[] {
  const isLong = bytes[start] !== 0
  const hasLargeIndexes = ((bytes[start + 3] ?? 0) & 1) !== 0
  const step = hasLargeIndexes ? 2 : 1
  const associations: { item: number; indexes: number[] }[] = []
  const entries = bytes.readUInt32BE(start + FULL)
  let at = start + FULL + 4
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
