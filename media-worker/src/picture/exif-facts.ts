import { isUtf8 } from 'node:buffer'

/** The camera and the time of a picture, from its Exif data. The location is never read. */
export interface CameraFacts {
  cameraMake: string | null
  cameraModel: string | null
  /** `YYYY-MM-DDTHH:MM:SS` in the camera's local time, or in UTC with a `Z` if the offset of its clock is known. */
  takenAt: string | null
}

/** Reads bytes of a TIFF structure, which Exif also is. It returns fewer bytes at the end of the structure. */
export type ReadBytes = (offset: number, length: number) => Buffer

const noCamera: CameraFacts = { cameraMake: null, cameraModel: null, takenAt: null }

// Exif 3.0, tables 4 to 8. "Digitized" is the time at which the camera stored the picture.
const MAKE = 0x01_0f
const MODEL = 0x01_10
const EXIF_DIRECTORY = 0x87_69
const ORIGINAL = { time: 0x90_03, offset: 0x90_11 }
const DIGITIZED = { time: 0x90_04, offset: 0x90_12 }

const ASCII = 2
const UTF_8 = 129
const ENTRY_BYTES = 12
/** Enough: a camera writes about 60 entries. */
const MAX_ENTRIES = 1_000
/** The rest of a longer text is ignored. */
const MAX_TEXT_BYTES = 512
const MAX_CHARACTERS = 100
/** The largest offset of a time zone, in Kiribati. */
const MAX_HOURS = 14
/** The year of the oldest surviving photograph. */
const FIRST_YEAR = 1826

/** Reads an Exif block. Invalid parts are ignored. */
export function readExifFacts(block: Uint8Array | null | undefined): CameraFacts {
  if (!block) return noCamera
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  const tiff = bytes.toString('latin1', 0, 6) === 'Exif\0\0' ? bytes.subarray(6) : bytes
  return readTiffFacts((offset, length) => tiff.subarray(offset, offset + length))
}

/** Reads the facts of a TIFF file, whose own structure contains them. It reads in steps, because the file can be large. */
export function readTiffFacts(read: ReadBytes): CameraFacts {
  const tiff = openTiff(read)
  if (!tiff) return noCamera
  const picture = directoryAt(tiff, tiff.first)
  const exif = directoryAt(tiff, picture.get(EXIF_DIRECTORY)?.value ?? 0)
  const timeOf = ({ time, offset }: typeof ORIGINAL): string | null =>
    momentOf(textOf(tiff, exif.get(time)), textOf(tiff, exif.get(offset)))
  return {
    cameraMake: nameOf(textOf(tiff, picture.get(MAKE))),
    cameraModel: nameOf(textOf(tiff, picture.get(MODEL))),
    takenAt: timeOf(ORIGINAL) ?? timeOf(DIGITIZED),
  }
}

interface Tiff {
  read: ReadBytes
  /** Offset of the first directory. */
  first: number
  short(bytes: Buffer, at: number): number
  long(bytes: Buffer, at: number): number
}

interface Entry {
  type: number
  count: number
  /** The value, or its offset. */
  value: number
  /** Offset of a value of up to 4 bytes, which is stored in the entry itself. */
  inlineAt: number
}

function openTiff(read: ReadBytes): Tiff | null {
  const header = read(0, 8)
  if (header.length < 8) return null
  const order = header.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') return null
  const short = (bytes: Buffer, at: number): number =>
    order === 'II' ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
  const long = (bytes: Buffer, at: number): number => (order === 'II' ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  return short(header, 2) === 42 ? { read, first: long(header, 4), short, long } : null
}

/** The entries of a directory by their tags; empty if there is no directory. */
function directoryAt({ read, short, long }: Tiff, offset: number): Map<number, Entry> {
  const found = new Map<number, Entry>()
  const counted = offset === 0 ? Buffer.alloc(0) : read(offset, 2)
  if (counted.length < 2) return found
  const bytes = read(offset + 2, Math.min(short(counted, 0), MAX_ENTRIES) * ENTRY_BYTES)
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const entry = { type: short(bytes, at + 2), count: long(bytes, at + 4), value: long(bytes, at + 8) }
    found.set(short(bytes, at), { ...entry, inlineAt: offset + 2 + at + 8 })
  }
  return found
}

function textOf({ read }: Tiff, entry: Entry | undefined): string | null {
  if (!entry || (entry.type !== ASCII && entry.type !== UTF_8)) return null
  const bytes = read(entry.count > 4 ? entry.value : entry.inlineAt, Math.min(entry.count, MAX_TEXT_BYTES))
  const end = bytes.indexOf(0)
  const written = end === -1 ? bytes : bytes.subarray(0, end)
  // Exif before 3.0 allows only ASCII, but cameras also write UTF-8 or Latin-1.
  return written.toString(isUtf8(written) ? 'utf8' : 'latin1')
}

function nameOf(text: string | null): string | null {
  const name = text?.replaceAll(/[\p{C}\s]+/gu, ' ').trim() ?? ''
  return name === '' ? null : Array.from(name).slice(0, MAX_CHARACTERS).join('').trimEnd()
}

function momentOf(time: string | null, offset: string | null): string | null {
  const [, ...parts] = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(time ?? '') ?? []
  const [year = 0, month = 0, ...rest] = parts.map(Number)
  if (year < FIRST_YEAR) return null
  const [day = 0, hour = 0, minute = 0, second = 0] = rest
  const moment = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  const local = moment.toISOString().slice(0, 19)
  // Date.UTC converts a day or an hour that does not exist into another one.
  if (local !== `${parts.slice(0, 3).join('-')}T${parts.slice(3).join(':')}`) return null
  const minutes = minutesOf(offset)
  return minutes === null ? local : new Date(moment.getTime() - minutes * 60_000).toISOString().slice(0, 19) + 'Z'
}

/** The minutes by which a clock is ahead of UTC, from a text such as `+02:00`; null if the text is invalid. */
function minutesOf(offset: string | null): number | null {
  if (offset?.trim() === 'Z') return 0
  const [, sign, hours = '', minutes = ''] = /^([+-])(\d\d):?([0-5]\d)$/.exec(offset?.trim() ?? '') ?? []
  if (!sign || Number(hours) > MAX_HOURS) return null
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}
