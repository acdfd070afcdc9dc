import type { Xyz } from './icc-tags.ts'
import type { Pixels } from './pixels.ts'
import { adaptationFrom, applied, multiplied, type Chromaticity, type Matrix } from './primaries.ts'
import { byteOfLight, fromXyz, type Samples } from './sample-colours.ts'

/** CIE L*a*b* (TIFF 6.0, section 23). */
export interface LabModel {
  kind: 'lab'
  /** Whether a* and b* are signed; otherwise 128 is added to them, as in ICC profiles. */
  signed: boolean
  /** The value of full lightness in 16 bits. */
  full: number
  white: Chromaticity
  /** Whether ImageMagick rounded the values down. */
  truncated: boolean
}

/** YCbCr without subsampling (TIFF 6.0, section 21). */
export interface YcbcrModel {
  kind: 'ycbcr'
  /** The shares of red, green and blue in the luminance. */
  shares: Xyz
  /** The values of black and white of each channel, two by two. */
  ranges: number[]
}

/**
 * Corrects the 8 bits in CIELab that ImageMagick 6.9.11 wrote. With the option `-depth 8` it subtracts about 0.5 and 1.5,
 * and without it about 0.3 and 0.7. The file does not say which. These values have the smallest error for the worse of the
 * two, measured with 1,024 colours.
 */
const TRUNCATED_LIGHTNESS = 0.5
const TRUNCATED_CHROMA = 1
const noError = { lightness: 0, chroma: 0 }
const SIGN_BITS = { 1: 0x80, 2: 0x80_00 } as const

/** Adds 128 to a* and b*, or 32,768 in 16 bits, so that all values are positive. */
export function unsignedLab(samples: Samples): Samples {
  const { data, channels } = samples
  const sign = SIGN_BITS[data.BYTES_PER_ELEMENT as 1 | 2]
  for (let at = 0; at + 2 < data.length; at += channels) {
    data[at + 1] = (data[at + 1] ?? 0) ^ sign
    data[at + 2] = (data[at + 2] ?? 0) ^ sign
  }
  return samples
}

export function srgbOfLab({ data, width, height, channels }: Samples, { full, white, truncated }: LabModel): Pixels {
  const isWide = data instanceof Uint16Array
  const missing = truncated && !isWide ? { lightness: TRUNCATED_LIGHTNESS, chroma: TRUNCATED_CHROMA } : noError
  const zero = (isWide ? 32_768 : 128) - missing.chroma
  const unit = isWide ? 256 : 1
  const most = isWide ? full : 255
  const matrix = matrixFrom(white)
  const converted = Buffer.allocUnsafe(data.length)
  for (let at = 0; at < data.length; at += channels) {
    const y = ((((data[at] ?? 0) + missing.lightness) / most) * 100 + 16) / 116
    const x = y + ((data[at + 1] ?? 0) - zero) / unit / 500
    const z = y - ((data[at + 2] ?? 0) - zero) / unit / 200
    const light = applied(matrix, [lightOf(x), lightOf(y), lightOf(z)])
    light.forEach((part, channel) => (converted[at + channel] = byteOfLight(part)))
    if (channels === 4) converted[at + 3] = isWide ? Math.round((data[at + 3] ?? 0) / 257) : (data[at + 3] ?? 0)
  }
  return { data: converted, width, height, channels }
}

export function rgbOfYcbcr(samples: Samples, { shares, ranges }: YcbcrModel): Samples {
  const [red, green, blue] = shares
  const [black = 0, white = 255, middleBlue = 128, mostBlue = 255, middleRed = 128, mostRed = 255] = ranges
  const { data, channels } = samples
  const clamped = (value: number): number => Math.min(Math.max(Math.round(value), 0), 255)
  for (let at = 0; at < data.length; at += channels) {
    const y = (((data[at] ?? 0) - black) * 255) / (white - black)
    const cb = (((data[at + 1] ?? 0) - middleBlue) * 127) / (mostBlue - middleBlue)
    const cr = (((data[at + 2] ?? 0) - middleRed) * 127) / (mostRed - middleRed)
    const r = y + cr * (2 - 2 * red)
    const b = y + cb * (2 - 2 * blue)
    data[at] = clamped(r)
    data[at + 1] = clamped((y - red * r - blue * b) / green)
    data[at + 2] = clamped(b)
  }
  return samples
}

/** From XYZ relative to this white to the light of sRGB. */
function matrixFrom(white: Chromaticity): Matrix {
  const [x, y] = white
  const light: Xyz = [x / y, 1, (1 - x - y) / y]
  const absolute = light.map((part, index) => light.map((_, column) => (column === index ? part : 0)))
  return multiplied(fromXyz(null), multiplied(adaptationFrom(light), absolute as unknown as Matrix))
}

/** The inverse of CIE's function for lightness. */
function lightOf(root: number): number {
  return root > 6 / 29 ? root ** 3 : 3 * (6 / 29) ** 2 * (root - 4 / 29)
}
