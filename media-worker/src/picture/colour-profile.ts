import { CREATOR } from './hdr-colours.ts'
import type { Curve, Xyz } from './icc-tags.ts'
import { codedPrimaries, colorantsOf, D50, isSrgbPrimaries, SRGB_PRIMARIES, type Primaries } from './primaries.ts'
import { lightOfSrgb } from './srgb-profile.ts'
import { DEFAULT_PEAK, DIFFUSE_WHITE, toneCurve } from './tone-mapping.ts'
import { codedCurves, HLG, lightOfPq, PQ, sceneLightOfHlg } from './transfer-curves.ts'

/** The colour codes of a HEIF (`nclx`) or a PNG (`cICP`), as in ITU-T H.273. */
export interface CodedColours {
  primaries: number
  transfer: number
  /** Whether black and white of RGB have the values of video, 16 and 235 of 255; default: no. */
  narrow?: boolean
  /** Luminance of the brightest pixel of an HDR picture, in cd/m². */
  peak?: number
}

/** Black and white of narrow RGB. */
const NARROW_BLACK = 16 / 255
const NARROW_WHITE = 235 / 255
/** The largest luminance that ICC's s15Fixed16Number can hold, rounded down. */
const MAX_PEAK = 10_000

/** Whether both codes have a defined meaning. */
export function areKnown({ primaries, transfer }: CodedColours): boolean {
  return codedPrimaries.has(primaries) && (codedCurves.has(transfer) || isHdr(transfer))
}

/**
 * Creates an ICC profile that is equivalent to the codes; null if they are sRGB or unknown. The profile of an HDR picture
 * (PQ, HLG) also has the codes, because curves of each channel cannot describe its conversion to SDR.
 */
export function profileOf(codes: CodedColours): Buffer | null {
  const { narrow = false, peak = DEFAULT_PEAK } = codes
  const primaries = codedPrimaries.get(codes.primaries) ?? SRGB_PRIMARIES
  const curve = isHdr(codes.transfer) ? neutralCurve(codes.transfer, peak) : codedCurves.get(codes.transfer)
  const whole = narrow ? widened(curve ?? lightOfSrgb) : curve
  if (!isHdr(codes.transfer)) return profileFor({ primaries, curve: whole })
  const luminance: Xyz = [0, Math.min(peak, MAX_PEAK), 0]
  const tags = { cicp: codesTag(codes), lumi: xyzTag(luminance) }
  return profileFor({ primaries, curve: whole, tags })
}

/**
 * Creates an ICC profile of these primaries and this curve; null if they are those of sRGB.
 *
 * @param curve default: sRGB's
 */
export function profileFor({
  primaries,
  curve = lightOfSrgb,
  tags = {},
}: {
  primaries: Primaries
  curve?: Curve | undefined
  tags?: Record<string, Buffer>
}): Buffer | null {
  if (curve === lightOfSrgb && isSrgbPrimaries(primaries)) return null
  const colorants = colorantsOf(isSrgbPrimaries(primaries) ? SRGB_PRIMARIES : primaries)
  if (!colorants) return null
  const [red, green, blue] = colorants.map(xyzTag)
  const tone = curveTag(curve)
  return icc({ rXYZ: red, gXYZ: green, bXYZ: blue, wtpt: xyzTag(D50), rTRC: tone, gTRC: tone, bTRC: tone, ...tags })
}

/** The conversion of neutral colours of HDR, for software that does not know the codes. */
function neutralCurve(transfer: number, peak: number): Curve {
  const tone = toneCurve(peak)
  if (transfer === PQ) return (coded) => tone(lightOfPq(coded) / DIFFUSE_WHITE)
  return (coded) => tone((sceneLightOfHlg(coded) ** 1.2 * DEFAULT_PEAK) / DIFFUSE_WHITE)
}

function widened(curve: Curve): Curve {
  return (coded) => curve(Math.min(Math.max((coded - NARROW_BLACK) / (NARROW_WHITE - NARROW_BLACK), 0), 1))
}

function isHdr(transfer: number): boolean {
  return transfer === PQ || transfer === HLG
}

const HEADER_BYTES = 128
/** Enough for the steep beginning of a dark gamma. */
const CURVE_POINTS = 4_096

/** Writes a display profile in red, green and blue (ICC.1:2001-04). */
function icc(tags: Record<string, Buffer | undefined>): Buffer {
  const entries = Object.entries(tags)
  const header = Buffer.alloc(HEADER_BYTES + 4 + entries.length * 12)
  const bodies: Buffer[] = []
  let at = header.length
  for (const [index, [name, body = Buffer.alloc(0)]] of entries.entries()) {
    const entry = HEADER_BYTES + 4 + index * 12
    header.write(name, entry, 'latin1')
    header.writeUInt32BE(at, entry + 4)
    header.writeUInt32BE(body.length, entry + 8)
    bodies.push(body)
    at += body.length
  }
  header.writeUInt32BE(at)
  header.writeUInt32BE(0x02_40_00_00, 8)
  header.write('mntrRGB XYZ ', 12, 'latin1')
  header.write('acsp', 36, 'latin1')
  D50.forEach((part, index) => header.writeInt32BE(fixed(part), 68 + index * 4))
  header.write(CREATOR, 80, 'latin1')
  header.writeUInt32BE(entries.length, HEADER_BYTES)
  return Buffer.concat([header, ...bodies])
}

function xyzTag(colour: Xyz): Buffer {
  const tag = Buffer.alloc(20)
  tag.write('XYZ ', 'latin1')
  colour.forEach((part, index) => tag.writeInt32BE(fixed(part), 8 + index * 4))
  return tag
}

function curveTag(light: Curve): Buffer {
  const tag = Buffer.alloc(12 + CURVE_POINTS * 2)
  tag.write('curv', 'latin1')
  tag.writeUInt32BE(CURVE_POINTS, 8)
  for (let point = 0; point < CURVE_POINTS; point++) {
    const part = Math.min(Math.max(light(point / (CURVE_POINTS - 1)), 0), 1)
    tag.writeUInt16BE(Math.round(part * 65_535), 12 + point * 2)
  }
  return tag
}

function codesTag({ primaries, transfer, narrow }: CodedColours): Buffer {
  const tag = Buffer.alloc(12)
  tag.write('cicp', 'latin1')
  tag.set([codedPrimaries.has(primaries) ? primaries : 1, transfer, 0, narrow ? 0 : 1], 8)
  return tag
}

/** Converts to ICC's s15Fixed16Number. */
function fixed(value: number): number {
  return Math.round(value * 65_536)
}
