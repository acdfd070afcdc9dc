import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'

import type { SharpOptions } from 'sharp'

import type { LabModel } from './colour-models.ts'
import type { Xyz } from './icc-tags.ts'
import type { SampleReading } from './sample-reading.ts'
import { openTiff, readDirectory, type ReadBytes, type Tiff } from './tiff-directory.ts'
import { assertSupported } from './tiff-support.ts'
import { COMPRESSIONS, FORMATS, isFull, PHOTOMETRICS, tagsOf, type TiffTags } from './tiff-tags.ts'

/** How a TIFF is decoded. */
export interface TiffLayout {
  /** sharp's input: the file, or its bytes with another meaning of the samples. */
  input: string | Buffer
  /** sharp's options to find the picture among several. */
  reading: SharpOptions
  /** How samples are decoded that sharp does not convert rightly; null: sharp converts them. */
  samples: SampleReading | null
}

/** A directory, and sharp's options to find it. */
interface Place {
  tags: TiffTags
  reading: SharpOptions
}

/** Directories that are searched for the full picture. */
const MAX_DIRECTORIES = 100
/** TIFF 6.0, PlanarConfiguration: the channels of a pixel are side by side. */
const CHUNKY = 1
/** The meanings of extra samples that are alpha, and that are unspecified. */
const ALPHA = new Set([1, 2])
const UNSPECIFIED = 0
/** Adobe's technical note on TIFF: D50. */
const DEFAULT_WHITE = [0.345_7, 0.358_5]
const DEFAULT_SHARES = [0.299, 0.587, 0.114]
const FULL_LIGHTNESS = 65_535
/** ICC.1:2001-04, annex A: the 16 bits of version 2. */
const FULL_ICC_LIGHTNESS = 65_280

/**
 * Reads how a TIFF is decoded: its full picture, if the first one is a copy of reduced size, and its samples.
 *
 * @returns null if its structure is invalid; the decoder then says why
 * @throws PictureError when its samples or its layout are not supported; the system's error when it cannot be read
 */
export function readTiffLayout(path: string): TiffLayout | null {
  const place = withTiff(path, findPicture)
  if (!place?.tags.isWhole || place.tags.photometric === null) return null
  const { tags, reading } = place
  assertSupported(tags)
  const samples = samplesOf(tags)
  return { input: inputOf(path, tags), reading, samples }
}

/** Reads a file in steps, because it can be large. */
export function withTiff<T>(path: string, use: (tiff: Tiff) => T): T | null {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const read: ReadBytes = (offset, length) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)))
      return bytes.subarray(0, bytes.length > 0 ? readSync(file, bytes, 0, bytes.length, offset) : 0)
    }
    const tiff = openTiff(read)
    return tiff && use(tiff)
  } finally {
    closeSync(file)
  }
}

/** The first picture, or the largest one if the first one is a copy of reduced size or a mask. */
function findPicture(tiff: Tiff): Place {
  const first = readDirectory(tiff, tiff.first)
  const tags = tagsOf(tiff, first)
  const reading = { page: 0 }
  if (isFull(tags)) return { tags, reading }
  const places = [...innerPlaces(tiff, tags), ...laterPlaces(tiff, first.next)]
  const area = (place: Place): number => place.tags.width * place.tags.height
  const [largest] = places.filter((place) => isFull(place.tags)).toSorted((one, other) => area(other) - area(one))
  return largest ?? { tags, reading }
}

function innerPlaces(tiff: Tiff, { inner }: TiffTags): Place[] {
  return inner.slice(0, MAX_DIRECTORIES).map((offset, subifd) => ({
    tags: tagsOf(tiff, readDirectory(tiff, offset)),
    reading: { page: 0, tiff: { subifd } },
  }))
}

function laterPlaces(tiff: Tiff, start: number): Place[] {
  const places: Place[] = []
  for (let offset = start, page = 1; offset > 0 && page < MAX_DIRECTORIES; page++) {
    const directory = readDirectory(tiff, offset)
    places.push({ tags: tagsOf(tiff, directory), reading: { page } })
    offset = directory.next
  }
  return places
}

/** How samples are decoded that sharp does not convert rightly. */
function samplesOf(tags: TiffTags): SampleReading | null {
  const { bits: [bits = 8] = [], compression } = tags
  const colours = colourCount(tags)
  if (colours === null) return samplesOfPalette(tags, bits)
  const shape = { ...shapeOf(tags, bits), colours, hasAlpha: hasAlpha(tags, colours), whole: isWhole(tags, colours) }
  switch (tags.photometric) {
    case PHOTOMETRICS.lab:
      return { ...shape, model: labOf(tags, { signed: true, full: FULL_LIGHTNESS }) }
    case PHOTOMETRICS.iccLab:
      return { ...shape, model: labOf(tags, { signed: false, full: FULL_ICC_LIGHTNESS }) }
    case PHOTOMETRICS.ycbcr:
      if (compression === COMPRESSIONS.jpeg) return null
      // With subsampling, libtiff converts it to RGBA. The alpha is not in the file.
      if (isSubsampled(tags)) return { ...shape, hasAlpha: false, model: 'device' }
      return { ...shape, model: { kind: 'ycbcr', shares: sharesOf(tags), ranges: tags.ranges } }
    default:
      return needsReading(tags, colours) ? { ...shape, model: 'device', inverted: isInverted(tags) } : null
  }
}

/** libvips shifts an alpha of less than 8 bits, so that its largest number is less than 255. */
function samplesOfPalette({ photometric, samples }: TiffTags, bits: number): SampleReading | null {
  if (photometric !== PHOTOMETRICS.palette || samples === 1 || bits >= 8) return null
  const fullAlpha = 256 - 2 ** (8 - bits)
  return { space: 'srgb', depth: 'uchar', colours: 3, hasAlpha: true, model: 'device', fullAlpha }
}

/** Channels of colour; null for palettes and CMYK. */
function colourCount({ photometric, samples }: TiffTags): 1 | 3 | null {
  if (photometric === PHOTOMETRICS.whiteIsZero || photometric === PHOTOMETRICS.blackIsZero) return 1
  if (photometric === PHOTOMETRICS.palette || photometric === PHOTOMETRICS.cmyk) return null
  return samples < 3 ? 1 : 3
}

/**
 * libvips reads numbers of 32 bits as if 255 or 1 were white, the last of several further channels as alpha, and mixes
 * the rows of grey and alpha in separate planes.
 */
function needsReading(tags: TiffTags, colours: number): boolean {
  const [bits = 8] = tags.bits
  if (bits === 32 || isFloat(tags) || tags.samples > colours + 1) return true
  return colours === 1 && tags.isPlanar && tags.samples > 1
}

/**
 * Whether scaling would mix signed values, or channels that are not alpha. sharp multiplies colours by the last channel
 * before it scales, but only if it knows that they are colours.
 */
function isWhole(tags: TiffTags, colours: number): boolean {
  const isUnknown = isRelabelled(tags) || tags.photometric === PHOTOMETRICS.iccLab
  return tags.photometric === PHOTOMETRICS.lab || tags.samples > colours + 1 || (isUnknown && tags.samples > colours)
}

function shapeOf(tags: TiffTags, bits: number): Pick<SampleReading, 'space' | 'depth'> {
  const depth = isFloat(tags) ? 'float' : bits === 32 ? 'uint' : bits === 16 ? 'ushort' : 'uchar'
  if (!isRelabelled(tags) && tags.photometric !== null && tags.photometric <= PHOTOMETRICS.blackIsZero) {
    return { depth, space: bits === 16 ? 'grey16' : 'b-w' }
  }
  if (tags.photometric === PHOTOMETRICS.iccLab || tags.samples < 3) return { depth, space: 'multiband' }
  return { depth, space: depth === 'ushort' ? 'rgb16' : depth === 'float' ? 'scrgb' : 'srgb' }
}

/**
 * Whether the file is decoded as if its samples were RGB, so that they are returned as they are. libvips cannot read
 * CIELab of 8 bits, and reads grey floats of 16 bits as integers. sharp returns only one channel of most kinds of grey.
 */
function isRelabelled(tags: TiffTags): boolean {
  if (tags.photometric === PHOTOMETRICS.lab) return true
  const isHalfFloat = isFloat(tags) && tags.bits[0] === 16
  return colourCount(tags) === 1 && (isHalfFloat || (tags.samples > 1 && needsReading(tags, 1)))
}

function inputOf(path: string, tags: TiffTags): string | Buffer {
  const isOnePlane = tags.isPlanar && tags.samples === 1
  if (!isRelabelled(tags) && !isOnePlane) return path
  const bytes = readFileSync(path)
  if (isRelabelled(tags)) bytes[tags.photometricAt] = PHOTOMETRICS.rgb
  // libvips does not read tiles in separate planes, even if there is only one plane.
  if (isOnePlane) bytes[tags.arrangementAt] = CHUNKY
  return bytes
}

function isInverted(tags: TiffTags): boolean {
  // libvips inverts only integers, and only if it knows that they are grey.
  return tags.photometric === PHOTOMETRICS.whiteIsZero && (isFloat(tags) || isRelabelled(tags))
}

function isFloat({ formats }: TiffTags): boolean {
  return formats[0] === FORMATS.float
}

/** The channel after the colours is alpha if the file says so, or if it is the only one and has no stated meaning. */
function hasAlpha({ extra, samples }: TiffTags, colours: number): boolean {
  const [meaning = UNSPECIFIED] = extra
  return samples > colours && (ALPHA.has(meaning) || samples === colours + 1)
}

function isSubsampled({ subsampling }: TiffTags): boolean {
  return subsampling.some((factor) => factor !== 1)
}

/** CIELab has no primaries. ImageMagick writes them nevertheless. */
function labOf(tags: TiffTags, scale: Pick<LabModel, 'signed' | 'full'>): LabModel {
  return { kind: 'lab', ...scale, white: whiteOf(tags), truncated: tags.hasPrimaries }
}

function whiteOf({ white }: TiffTags): [number, number] {
  const [x = 0, y = 0] = white.length === 2 ? white : DEFAULT_WHITE
  const isPossible = x > 0 && y > 0 && x + y < 1
  return isPossible ? [x, y] : (DEFAULT_WHITE as [number, number])
}

function sharesOf({ coefficients }: TiffTags): Xyz {
  const isComplete = coefficients.length === 3 && coefficients.every((share) => share > 0 && share < 1)
  return (isComplete ? coefficients : DEFAULT_SHARES) as unknown as Xyz
}
