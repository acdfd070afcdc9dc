import { unsupportedPixels } from './picture-error.ts'
import { COMPRESSIONS, FORMATS, PHOTOMETRICS, type TiffTags } from './tiff-tags.ts'

/**
 * None, CCITT (2, 3, 4), LZW, both kinds of JPEG, Deflate with both of its numbers, CCITT with words, PackBits and WebP.
 * sharp's libtiff has no other decoder for pictures of this kind.
 */
const compressions = new Set([1, 2, 3, 4, 5, 6, 7, 8, 32_771, 32_773, 32_946, 50_001])

/** The bits of a sample that libvips reads, for each meaning of the colours. */
const depths = new Map<number, number[]>([
  [PHOTOMETRICS.whiteIsZero, [1, 2, 4, 8, 16, 32]],
  [PHOTOMETRICS.blackIsZero, [1, 2, 4, 8, 16, 32]],
  [PHOTOMETRICS.rgb, [8, 16, 32]],
  [PHOTOMETRICS.palette, [1, 2, 4, 8, 16]],
  [PHOTOMETRICS.cmyk, [8, 16]],
  [PHOTOMETRICS.ycbcr, [8]],
  [PHOTOMETRICS.lab, [8, 16]],
  [PHOTOMETRICS.iccLab, [8, 16]],
])
const names = new Map([
  [4, 'the samples of a mask'],
  [10, 'colours in ITU L*a*b*'],
  [32_803, 'the samples of a camera sensor'],
  [32_844, 'colours in LogL'],
  [32_845, 'colours in LogLuv'],
  [34_892, 'the samples of a camera sensor'],
])
const CMYK_INKS = 1
/** TIFF 6.0, ExtraSamples. */
const MULTIPLIED_ALPHA = 1

/** @throws PictureError when libvips would not decode these samples, or would decode them wrongly */
export function assertSupported(tags: TiffTags): void {
  const { photometric, bits, compression } = tags
  if (photometric === null) return
  const supported = depths.get(photometric)
  if (!supported) throw unsupportedPixels(names.get(photometric) ?? `colours of the unknown kind ${photometric}`)
  if (!compressions.has(compression)) throw unsupportedPixels(`a compression of the kind ${compression}`)
  if (new Set(bits).size > 1) throw unsupportedPixels(`channels of ${bits.join(', ')} bits`)
  const [depth = 1] = bits
  if (!supported.includes(depth)) throw unsupportedPixels(`samples of ${depth} bits`)
  if (depth < 8 && photometric !== PHOTOMETRICS.palette && tags.samples > 1) {
    throw unsupportedPixels(`several channels of ${depth} bits`)
  }
  assertFormat(tags, depth)
  assertArrangement(tags)
}

function assertFormat({ formats, photometric }: TiffTags, depth: number): void {
  const [format = FORMATS.unsigned] = formats
  const isUniform = formats.every((other) => other === format)
  const isUnsigned = format === FORMATS.unsigned || format === FORMATS.undefined
  const isFloat = format === FORMATS.float && depth >= 16 && isGreyOrRgb(photometric)
  // Writers of CIELab sometimes say that the samples are signed, as two of them are.
  const isLab = photometric === PHOTOMETRICS.lab && format === FORMATS.signed
  if (isLab || (isUniform && (isUnsigned || isFloat))) return
  if (!isUniform) throw unsupportedPixels('channels of different kinds of numbers')
  if (format === FORMATS.signed) throw unsupportedPixels('signed samples')
  throw unsupportedPixels(format === FORMATS.float ? `floating-point samples of ${depth} bits` : 'complex samples')
}

function assertArrangement(tags: TiffTags): void {
  const { photometric, isPlanar, isTiled, samples, compression } = tags
  const isLab = photometric === PHOTOMETRICS.lab || photometric === PHOTOMETRICS.iccLab
  if (isPlanar && isTiled && samples > 1) throw unsupportedPixels('tiles in separate planes')
  // libvips mixes the rows of these.
  const isHalfFloat = tags.formats[0] === FORMATS.float && tags.bits[0] === 16
  if (isPlanar && isHalfFloat && samples > 1)
    throw unsupportedPixels('floating-point samples of 16 bits in separate planes')
  const isPalette = photometric === PHOTOMETRICS.palette
  if (isPlanar && isPalette && samples > 1) throw unsupportedPixels('a palette and alpha in separate planes')
  if (isPlanar && photometric === PHOTOMETRICS.ycbcr) throw unsupportedPixels('YCbCr in separate planes')
  if (isLab && compression === COMPRESSIONS.jpeg) throw unsupportedPixels('CIELab with JPEG compression')
  if (isMultiplied(tags) && !isDivided(tags))
    throw unsupportedPixels('colours of this kind that are multiplied by alpha')
  const least = isLab || photometric === PHOTOMETRICS.rgb || photometric === PHOTOMETRICS.ycbcr ? 3 : 1
  if (samples < least) throw unsupportedPixels(`only ${samples} of ${least} channels of colour`)
  const isCmyk = samples >= 4 && tags.inks === CMYK_INKS
  if (photometric === PHOTOMETRICS.cmyk && !isCmyk) throw unsupportedPixels('inks other than CMYK')
  // libvips scales the alpha of 16 bits wrongly, and takes the last channel for alpha.
  const most = photometric === PHOTOMETRICS.cmyk ? (tags.bits[0] === 8 ? 5 : 4) : isPalette ? 2 : Infinity
  if (samples > most) throw unsupportedPixels(`${samples} channels, which are not only colours`)
}

function isMultiplied({ extra }: TiffTags): boolean {
  return extra[0] === MULTIPLIED_ALPHA
}

/**
 * Whether libvips divides the colours by alpha rightly. It assumes a maximum of 255, or of 1 for floats in RGB, and
 * inverts grey before the division.
 */
function isDivided({ photometric, bits, formats, isPlanar }: TiffTags): boolean {
  const isFloat = formats[0] === FORMATS.float
  if (photometric === PHOTOMETRICS.rgb) return bits[0] !== 32 || isFloat
  return photometric === PHOTOMETRICS.blackIsZero && bits[0] !== 32 && !isFloat && !isPlanar
}

function isGreyOrRgb(photometric: number | null): boolean {
  return photometric !== null && photometric <= PHOTOMETRICS.rgb
}
