import { bytesOfType, numbersOf, type Tiff, type TiffDirectory, type TiffEntry } from './tiff-directory.ts'

/** The tags of a TIFF directory that determine how its pixels are stored, with the defaults of TIFF 6.0. */
export interface TiffTags {
  /** Whether the file has all tags, and the values of the tags that describe each sample. */
  isWhole: boolean
  width: number
  height: number
  /** Bits of each sample. */
  bits: number[]
  /** The kind of each sample's number, see {@link FORMATS}. */
  formats: number[]
  /** The meaning of the colours, see {@link PHOTOMETRICS}; null if it is missing. */
  photometric: number | null
  /** The position of this number's least significant byte in the file. */
  photometricAt: number
  compression: number
  samples: number
  /** The meanings of the samples after the colours. */
  extra: number[]
  isPlanar: boolean
  /** As for the colours. */
  arrangementAt: number
  isTiled: boolean
  inks: number
  subsampling: number[]
  /** Flags: bit 0 for a copy of reduced size, bit 2 for a mask. */
  kind: number
  /** Offsets of directories inside of this one. */
  inner: number[]
  white: number[]
  /** Whether the file has chromaticities of red, green and blue. */
  hasPrimaries: boolean
  coefficients: number[]
  ranges: number[]
}

/** TIFF 6.0 and Adobe's technical notes, PhotometricInterpretation. */
export const PHOTOMETRICS = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, cmyk: 5, ycbcr: 6, lab: 8, iccLab: 9 }
/** TIFF 6.0, SampleFormat. */
export const FORMATS = { unsigned: 1, signed: 2, float: 3, undefined: 4 }
/** TIFF 6.0, Compression. */
export const COMPRESSIONS = { none: 1, oldJpeg: 6, jpeg: 7 }

const REDUCED = 1
const MASK = 4
/** TIFF 5.0, SubfileType: a copy of reduced size. */
const OLD_REDUCED = 2

export function tagsOf(tiff: Tiff, { entries, isWhole }: TiffDirectory): TiffTags {
  const numbers = (tag: number): number[] => numbersOf(tiff, entries.get(tag))
  const number = (tag: number, otherwise: number): number => numbers(tag)[0] ?? otherwise
  const samples = number(277, 1)
  const hasValues = (tag: number): boolean => tiff.read(entries.get(tag)?.valueAt ?? 0, 1).length > 0
  return {
    isWhole: isWhole && hasValues(258) && hasValues(339),
    width: number(256, 0),
    height: number(257, 0),
    bits: spread(numbers(258), samples, 1),
    formats: spread(numbers(339), samples, FORMATS.unsigned),
    photometric: numbers(262)[0] ?? null,
    photometricAt: lowestByteAt(tiff, entries.get(262)),
    compression: number(259, COMPRESSIONS.none),
    samples,
    extra: numbers(338),
    isPlanar: number(284, 1) === 2,
    arrangementAt: lowestByteAt(tiff, entries.get(284)),
    isTiled: entries.has(322),
    inks: number(332, 1),
    subsampling: spread(numbers(530), 2, 2),
    kind: number(254, number(255, 1) === OLD_REDUCED ? REDUCED : 0),
    inner: numbers(330),
    white: numbers(318),
    hasPrimaries: entries.has(319),
    coefficients: numbers(529),
    ranges: numbers(532),
  }
}

/** Whether the directory has a picture itself, no copy of reduced size, and no mask. */
export function isFull({ kind }: TiffTags): boolean {
  return (kind & (REDUCED | MASK)) === 0
}

function lowestByteAt({ isBigEndian }: Tiff, entry: TiffEntry | undefined): number {
  if (!entry) return 0
  return entry.valueAt + (isBigEndian ? bytesOfType(entry.type) - 1 : 0)
}

/** The values, or one value for all. */
function spread(values: number[], count: number, otherwise: number): number[] {
  const [first = otherwise] = values
  return Array.from({ length: Math.max(count, 1) }, (_, index) => values[index] ?? first)
}
