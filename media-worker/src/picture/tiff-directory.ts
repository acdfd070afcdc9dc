/** Reads bytes of a TIFF structure, which Exif also is. It returns fewer bytes at the end of the structure. */
export type ReadBytes = (offset: number, length: number) => Buffer

/** The structure of a TIFF or a BigTIFF, in either byte order. */
export interface Tiff {
  read: ReadBytes
  /** Offset of the first directory; 0 if there is none. */
  first: number
  isBig: boolean
  isBigEndian: boolean
  /** Reads an unsigned integer of 1, 2, 4 or 8 bytes. */
  integer(bytes: Buffer, at: number, size: number): number
}

export interface TiffEntry {
  type: number
  count: number
  /** Offset of the value, in the entry itself if it is short enough. */
  valueAt: number
}

export interface TiffDirectory {
  entries: Map<number, TiffEntry>
  /** Offset of the next directory; 0 if there is none. */
  next: number
  /** Whether the file has all entries. */
  isWhole: boolean
}

/** Bytes of a value by its type (TIFF 6.0, BigTIFF, Exif 3.0); zeros for unknown types. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]
const UTF_8 = 129
/** Types of unsigned integers: BYTE, SHORT, LONG, IFD, LONG8 and IFD8. */
const INTEGERS = new Set([1, 3, 4, 13, 16, 18])
const RATIONAL = 5
/** More than any writer needs: a camera writes about 60 entries. */
const MAX_ENTRIES = 1_000
const MAX_VALUES = 1_024

/** Null if this is no TIFF. */
export function openTiff(read: ReadBytes): Tiff | null {
  const header = read(0, 16)
  const order = header.toString('latin1', 0, 2)
  if (header.length < 8 || (order !== 'II' && order !== 'MM')) return null
  const isBigEndian = order === 'MM'
  const integer = (bytes: Buffer, at: number, size: number): number => {
    if (size === 8) return Number(isBigEndian ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at))
    return isBigEndian ? bytes.readUIntBE(at, size) : bytes.readUIntLE(at, size)
  }
  const version = integer(header, 2, 2)
  if (version === 42) return { read, first: integer(header, 4, 4), isBig: false, isBigEndian, integer }
  if (version !== 43 || header.length < 16 || integer(header, 4, 2) !== 8) return null
  return { read, first: integer(header, 8, 8), isBig: true, isBigEndian, integer }
}

/** Reads the directory at this offset; an empty one if there is none. */
export function readDirectory({ read, isBig, integer }: Tiff, offset: number): TiffDirectory {
  const countBytes = isBig ? 8 : 2
  const entryBytes = isBig ? 20 : 12
  const wordBytes = isBig ? 8 : 4
  const entries = new Map<number, TiffEntry>()
  const counted = offset === 0 ? Buffer.alloc(0) : read(offset, countBytes)
  if (counted.length < countBytes) return { entries, next: 0, isWhole: false }
  const count = integer(counted, 0, countBytes)
  const start = offset + countBytes
  const length = Math.min(count, MAX_ENTRIES) * entryBytes
  const bytes = read(start, length)
  for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes) {
    const type = integer(bytes, at + 2, 2)
    const values = integer(bytes, at + 4, wordBytes)
    const isInline = values * bytesOfType(type) <= wordBytes
    const valueAt = isInline ? start + at + 4 + wordBytes : integer(bytes, at + 4 + wordBytes, wordBytes)
    entries.set(integer(bytes, at, 2), { type, count: values, valueAt })
  }
  const link = count > MAX_ENTRIES ? Buffer.alloc(0) : read(start + count * entryBytes, wordBytes)
  const next = link.length < wordBytes ? 0 : integer(link, 0, wordBytes)
  return { entries, next, isWhole: bytes.length === length }
}

/** The unsigned integers or fractions of an entry, at most 1,024; empty if it has values of another type. */
export function numbersOf({ read, integer }: Tiff, entry: TiffEntry | undefined): number[] {
  if (!entry || (entry.type !== RATIONAL && !INTEGERS.has(entry.type))) return []
  const size = bytesOfType(entry.type)
  const count = Math.min(entry.count, MAX_VALUES)
  const bytes = read(entry.valueAt, count * size)
  const numbers: number[] = []
  for (let at = 0; at + size <= bytes.length; at += size) {
    if (entry.type !== RATIONAL) numbers.push(integer(bytes, at, size))
    else numbers.push(integer(bytes, at, 4) / integer(bytes, at + 4, 4))
  }
  return numbers
}

/** Bytes of one value of this type; 0 for an unknown type. */
export function bytesOfType(type: number): number {
  return type === UTF_8 ? 1 : (TYPE_BYTES[type] ?? 0)
}
