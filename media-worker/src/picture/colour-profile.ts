import { lightOfSrgb } from './srgb-profile.ts'

/** The colour codes of a HEIF without an ICC profile (`nclx`), as in ISO 23091-2. */
export interface CodedColours {
  primaries: number
  transfer: number
}

type Xyz = readonly [number, number, number]

/** The white point of ICC's profile connection space. */
const D50: Xyz = [0.9642, 1, 0.8249]
const sRgb: readonly Xyz[] = [
  [0.436, 0.2225, 0.0139],
  [0.3851, 0.7169, 0.0971],
  [0.143, 0.0606, 0.7139],
]

/** Red, green and blue of the codes that differ from sRGB, adapted to D50 by Bradford (ICC.1:2022, annex E). */
const colorants = new Map<number, readonly Xyz[]>([
  // PAL.
  [
    5,
    [
      [0.4552, 0.2323, 0.0145],
      [0.3676, 0.7078, 0.1049],
      [0.1414, 0.0599, 0.7055],
    ],
  ],
  // NTSC.
  [
    6,
    [
      [0.4163, 0.2217, 0.0136],
      [0.3932, 0.7033, 0.0913],
      [0.1547, 0.075, 0.7199],
    ],
  ],
  // BT.2020.
  [
    9,
    [
      [0.6735, 0.279, -0.0019],
      [0.1657, 0.6753, 0.03],
      [0.125, 0.0456, 0.7969],
    ],
  ],
  // DCI-P3, for cinemas.
  [
    11,
    [
      [0.4862, 0.2267, -0.0008],
      [0.3239, 0.7103, 0.0432],
      [0.1542, 0.063, 0.7825],
    ],
  ],
  // Display P3.
  [
    12,
    [
      [0.5151, 0.2412, -0.0011],
      [0.292, 0.6922, 0.0419],
      [0.1571, 0.0666, 0.7841],
    ],
  ],
])

/** Luminance of a diffuse white surface in HDR (ITU-R BT.2408), and the peaks of the two HDR curves, in cd/m². */
const DIFFUSE_WHITE = 203
const PQ_PEAK = 10_000
const HLG_PEAK = 1_000
/** Above this part of white, brightness is compressed, so that highlights that are brighter than white stay visible. */
const KNEE = 0.6

/** Curves from a coded value to light, both 0–1, for the codes that differ from sRGB. */
const curves = new Map<number, (coded: number) => number>([
  [4, (coded) => coded ** 2.2],
  [5, (coded) => coded ** 2.8],
  [8, (coded) => coded],
  [16, (coded) => rolledOff((lightOfPq(coded) * PQ_PEAK) / DIFFUSE_WHITE)],
  [18, (coded) => rolledOff((lightOfHlg(coded) * HLG_PEAK) / DIFFUSE_WHITE)],
])

/**
 * Creates an ICC profile that is equivalent to the codes; null if they are sRGB or unknown. The curves of video cameras
 * (BT.709, 601, 2020) are treated as sRGB's curve, as browsers do. In HDR (PQ, HLG), diffuse white becomes white.
 */
export function profileOf({ primaries, transfer }: CodedColours): Buffer | null {
  const others = colorants.get(primaries)
  const curve = curves.get(transfer)
  if (!others && !curve) return null
  const tone = curveTag(curve ?? lightOfSrgb)
  const [red, green, blue] = (others ?? sRgb).map(xyzTag)
  return icc({ rXYZ: red, gXYZ: green, bXYZ: blue, wtpt: xyzTag(D50), rTRC: tone, gTRC: tone, bTRC: tone })
}

/** SMPTE ST 2084. */
function lightOfPq(coded: number): number {
  const root = coded ** (1 / 78.843_75)
  return (Math.max(root - 0.835_937_5, 0) / (18.851_562_5 - 18.6875 * root)) ** (1 / 0.159_301_757_812_5)
}

/** ITU-R BT.2100, with the system gamma of a display of 1,000 cd/m². */
function lightOfHlg(coded: number): number {
  const scene = coded <= 0.5 ? coded ** 2 / 3 : (Math.exp((coded - 0.559_910_73) / 0.178_832_77) + 0.284_668_92) / 12
  return scene ** 1.2
}

/** Compresses light above the knee exponentially, so that it stays below 1. */
function rolledOff(light: number): number {
  return light <= KNEE ? light : 1 - (1 - KNEE) * Math.exp((KNEE - light) / (1 - KNEE))
}

const HEADER_BYTES = 128
const CURVE_POINTS = 1_024

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
  header.writeUInt32BE(entries.length, HEADER_BYTES)
  return Buffer.concat([header, ...bodies])
}

function xyzTag(colour: Xyz): Buffer {
  const tag = Buffer.alloc(20)
  tag.write('XYZ ', 'latin1')
  colour.forEach((part, index) => tag.writeInt32BE(fixed(part), 8 + index * 4))
  return tag
}

function curveTag(light: (coded: number) => number): Buffer {
  const tag = Buffer.alloc(12 + CURVE_POINTS * 2)
  tag.write('curv', 'latin1')
  tag.writeUInt32BE(CURVE_POINTS, 8)
  for (let point = 0; point < CURVE_POINTS; point++) {
    tag.writeUInt16BE(Math.round(light(point / (CURVE_POINTS - 1)) * 65_535), 12 + point * 2)
  }
  return tag
}

/** Converts to ICC's s15Fixed16Number. */
function fixed(value: number): number {
  return Math.round(value * 65_536)
}
