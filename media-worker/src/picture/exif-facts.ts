import { isUtf8 } from 'node:buffer'

import { numbersOf, openTiff, readDirectory, type Tiff, type TiffEntry } from './tiff-directory.ts'

/** The camera and the time of a picture, from its Exif data. The location is never read. */
export interface CameraFacts {
  cameraMake: string | null
  cameraModel: string | null
  /** `YYYY-MM-DDTHH:MM:SS` in the camera's local time, or in UTC with a `Z` if the offset of its clock is known. */
  takenAt: string | null
}

const noCamera: CameraFacts = { cameraMake: null, cameraModel: null, takenAt: null }

// Exif 3.0, tables 4 to 8. "Digitized" is the time at which the camera stored the picture.
const MAKE = 0x01_0f
const MODEL = 0x01_10
const EXIF_DIRECTORY = 0x87_69
const ORIGINAL = { time: 0x90_03, offset: 0x90_11 }
const DIGITIZED = { time: 0x90_04, offset: 0x90_12 }

const ASCII = 2
const UTF_8 = 129
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
  const opened = openTiff((offset, length) => tiff.subarray(offset, offset + length))
  return opened ? readTiffFacts(opened) : noCamera
}

/** Reads the facts of a TIFF file, whose own structure contains them. */
export function readTiffFacts(tiff: Tiff): CameraFacts {
  const picture = readDirectory(tiff, tiff.first).entries
  const [exifAt = 0] = numbersOf(tiff, picture.get(EXIF_DIRECTORY))
  const exif = readDirectory(tiff, exifAt).entries
  const timeOf = ({ time, offset }: typeof ORIGINAL): string | null =>
    momentOf(textOf(tiff, exif.get(time)), textOf(tiff, exif.get(offset)))
  return {
    cameraMake: nameOf(textOf(tiff, picture.get(MAKE))),
    cameraModel: nameOf(textOf(tiff, picture.get(MODEL))),
    takenAt: timeOf(ORIGINAL) ?? timeOf(DIGITIZED),
  }
}

function textOf({ read }: Tiff, entry: TiffEntry | undefined): string | null {
  if (!entry || (entry.type !== ASCII && entry.type !== UTF_8)) return null
  const bytes = read(entry.valueAt, Math.min(entry.count, MAX_TEXT_BYTES))
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
