import type { Dimensions } from './geometry.ts'
import { readHdr, type HdrColours } from './hdr-colours.ts'
import { readFormulas, type Curve, type IccFormulas, type Xyz } from './icc-tags.ts'
import type { Pixels } from './pixels.ts'
import {
  codedPrimaries,
  colorantsOf,
  inverseOf,
  matrixOf,
  multiplied,
  SRGB_PRIMARIES,
  type Matrix,
} from './primaries.ts'
import { lightOfSrgb } from './srgb-profile.ts'
import { DEFAULT_PEAK, DIFFUSE_WHITE, toneCurve } from './tone-mapping.ts'
import { lightOfPq, PQ, sceneLightOfHlg } from './transfer-curves.ts'

/** Decoded samples, upright, of 8 or 16 bits: grey or RGB, with or without alpha, which is not premultiplied. */
export interface Samples extends Dimensions {
  data: Uint8Array | Uint16Array
  channels: 1 | 2 | 3 | 4
}

/** Converts light of red, green and blue to that of sRGB, in place. */
type Conversion = (light: Float32Array) => void

/** The steps of a conversion: from each sample to light, and from light to the light of sRGB. */
interface Steps {
  curves: [Curve, Curve, Curve]
  convert: Conversion | null
}

const unchanged: Steps = { curves: [lightOfSrgb, lightOfSrgb, lightOfSrgb], convert: null }
/** Light is rounded to this number of steps. The smallest one is a twentieth of a step of sRGB's darkest byte. */
const LIGHT_STEPS = 65_535
const BT_2020 = 9

/**
 * Converts samples with a profile to sRGB. It is exact for samples of 16 bits, also for linear ones, and compresses HDR
 * to the range of SDR.
 *
 * @param profile null: sRGB
 * @returns null if the profile consists of tables or is invalid
 */
export function convertedSamples(samples: Samples, profile: Buffer | null): Pixels | null {
  const steps = profile ? stepsOf(profile) : unchanged
  if (!steps) return null
  return samples.channels < 3 ? convertedGrey(samples, steps) : convertedColours(samples, steps)
}

function stepsOf(profile: Buffer): Steps | null {
  const hdr = readHdr(profile)
  if (hdr) return stepsOfHdr(hdr)
  const formulas = readFormulas(profile)
  return formulas && stepsOfFormulas(formulas)
}

function stepsOfFormulas({ curves, colorants }: IccFormulas): Steps {
  const [red = lightOfSrgb, green = red, blue = red] = curves
  return { curves: [red, green, blue], convert: colorants && multiplication(toSrgb(colorants)) }
}

/**
 * BT.2100's conversion from HLG to display light, and the compression to SDR. The compression is one factor for the three
 * channels, which depends on the largest of them in BT.2020, as in Chromium.
 */
function stepsOfHdr({ primaries, transfer, peak, narrow }: HdrColours): Steps {
  const colorants = colorantsOf(primaries) ?? srgbColorants
  const [wideRed, wideGreen, wideBlue] = multiplied(
    fromXyz(colorantsOf(codedPrimaries.get(BT_2020) ?? SRGB_PRIMARIES)),
    matrixOf(colorants),
  )
  const narrowed = multiplication(toSrgb(colorants))
  const luminance: Xyz = colorants.map(([, y]) => y) as unknown as Xyz
  const tone = toneCurve(peak)
  const scale = transfer === PQ ? 1 : DEFAULT_PEAK / DIFFUSE_WHITE
  const coded: Curve = transfer === PQ ? (value) => lightOfPq(value) / DIFFUSE_WHITE : sceneLightOfHlg
  const curve: Curve = narrow ? (value) => coded(Math.min(Math.max((value * 255 - 16) / 219, 0), 1)) : coded
  return {
    curves: [curve, curve, curve],
    convert: (light) => {
      const [red = 0, green = 0, blue = 0] = light
      const bright = luminance[0] * red + luminance[1] * green + luminance[2] * blue
      const shown = transfer === PQ ? 1 : scale * Math.max(bright, 0) ** 0.2
      const most =
        shown *
        Math.max(
          wideRed[0] * red + wideRed[1] * green + wideRed[2] * blue,
          wideGreen[0] * red + wideGreen[1] * green + wideGreen[2] * blue,
          wideBlue[0] * red + wideBlue[1] * green + wideBlue[2] * blue,
        )
      const factor = most > 0 ? (shown * tone(most)) / most : 0
      light[0] = red * factor
      light[1] = green * factor
      light[2] = blue * factor
      narrowed(light)
    },
  }
}

function multiplication([[rr, rg, rb], [gr, gg, gb], [br, bg, bb]]: Matrix): Conversion {
  return (light) => {
    const [red = 0, green = 0, blue = 0] = light
    light[0] = rr * red + rg * green + rb * blue
    light[1] = gr * red + gg * green + gb * blue
    light[2] = br * red + bg * green + bb * blue
  }
}

const srgbColorants = colorantsOf(SRGB_PRIMARIES) ?? []

function toSrgb(colorants: readonly Xyz[]): Matrix {
  return multiplied(fromXyz(srgbColorants), matrixOf(colorants))
}

/**
 * The matrix from XYZ to the light of these colorants.
 *
 * @param colorants null: sRGB's
 */
export function fromXyz(colorants: readonly Xyz[] | null): Matrix {
  const inverse = inverseOf(matrixOf(colorants ?? srgbColorants))
  if (!inverse) throw new Error('The colours have no inverse')
  return inverse
}

function convertedGrey({ data, width, height, channels }: Samples, { curves, convert }: Steps): Pixels {
  const light = new Float32Array(3)
  const isWide = data instanceof Uint16Array
  const bytes = Uint8Array.from({ length: isWide ? 65_536 : 256 }, (_, value) => {
    light.fill(curves[1](value / (isWide ? 65_535 : 255)))
    convert?.(light)
    return byteOfLight(light[1] ?? 0)
  })
  const converted = Buffer.allocUnsafe(data.length)
  for (let at = 0; at < data.length; at++) converted[at] = bytes[data[at] ?? 0] ?? 0
  if (channels === 2) copyAlpha(data, converted, 2)
  return { data: converted, width, height, channels }
}

function convertedColours({ data, width, height, channels }: Samples, { curves, convert }: Steps): Pixels {
  const [reds, greens, blues] = curves.map((curve) => lightTable(curve, data)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const light = new Float32Array(3)
  const converted = Buffer.allocUnsafe(data.length)
  for (let at = 0; at < data.length; at += channels) {
    light[0] = reds[data[at] ?? 0] ?? 0
    light[1] = greens[data[at + 1] ?? 0] ?? 0
    light[2] = blues[data[at + 2] ?? 0] ?? 0
    convert?.(light)
    converted[at] = byteOfLight(light[0] ?? 0)
    converted[at + 1] = byteOfLight(light[1] ?? 0)
    converted[at + 2] = byteOfLight(light[2] ?? 0)
  }
  if (channels === 4) copyAlpha(data, converted, 4)
  return { data: converted, width, height, channels }
}

function lightTable(curve: Curve, data: Samples['data']): Float32Array {
  const most = data instanceof Uint16Array ? 65_535 : 255
  return Float32Array.from({ length: most + 1 }, (_, value) => curve(value / most))
}

function copyAlpha(data: Samples['data'], converted: Buffer, channels: number): void {
  const isWide = data instanceof Uint16Array
  for (let at = channels - 1; at < data.length; at += channels) {
    const alpha = data[at] ?? 0
    converted[at] = isWide ? Math.round(alpha / 257) : alpha
  }
}

let bytesOfLight: Uint8Array | undefined

/** The byte of sRGB for this light (IEC 61966-2-1). */
export function byteOfLight(light: number): number {
  bytesOfLight ??= Uint8Array.from({ length: LIGHT_STEPS + 1 }, (_, step) => {
    const part = step / LIGHT_STEPS
    return Math.round(255 * (part <= 0.003_130_8 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055))
  })
  if (!(light > 0)) return 0
  return light >= 1 ? 255 : (bytesOfLight[Math.round(light * LIGHT_STEPS)] ?? 0)
}
