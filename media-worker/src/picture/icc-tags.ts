/** A curve from a coded value to light, both 0–1. */
export type Curve = (coded: number) => number

/** A colour in CIE XYZ; white has a Y of 1. */
export type Xyz = readonly [number, number, number]

/** A profile that consists of formulas only, without tables of colours. */
export interface IccFormulas {
  /** Of grey, or of red, green and blue. */
  curves: Curve[]
  /** The colours of full red, green and blue, adapted to D50; null for grey. */
  colorants: readonly Xyz[] | null
}

const HEADER_BYTES = 128
const MAX_TAGS = 100
/** Values of a parametric curve by its type (ICC.1:2022, table 68). */
const PARAMETERS = [1, 3, 4, 5, 7]

/** The contents of a profile's tags, by their names (ICC.1:2022, 7.3). */
export function readTags(profile: Buffer): Map<string, Buffer> {
  const tags = new Map<string, Buffer>()
  if (profile.length < HEADER_BYTES + 4) return tags
  const count = Math.min(profile.readUInt32BE(HEADER_BYTES), MAX_TAGS)
  const end = Math.min(profile.length, HEADER_BYTES + 4 + count * 12)
  for (let at = HEADER_BYTES + 4; at + 12 <= end; at += 12) {
    const start = profile.readUInt32BE(at + 4)
    tags.set(profile.toString('latin1', at, at + 4), profile.subarray(start, start + profile.readUInt32BE(at + 8)))
  }
  return tags
}

/** The colour space of the pixels that a profile describes, for example `RGB ` or `GRAY`. */
export function spaceOf(profile: Buffer): string {
  return profile.toString('latin1', 16, 20)
}

/** Whether a profile has tables of colours, which take precedence over formulas. */
export function hasTables(profile: Buffer): boolean {
  const tags = readTags(profile)
  return tags.has('A2B0') || tags.has('D2B0')
}

/** The formulas of a profile; null if it has tables or is invalid. */
export function readFormulas(profile: Buffer): IccFormulas | null {
  if (hasTables(profile)) return null
  const tags = readTags(profile)
  if (spaceOf(profile) === 'GRAY') {
    const curve = readCurve(tags.get('kTRC'))
    const isLab = profile.toString('latin1', 20, 24) === 'Lab '
    return curve && { curves: [isLab ? (coded) => lightOfLightness(curve(coded)) : curve], colorants: null }
  }
  if (spaceOf(profile) !== 'RGB ') return null
  const curves = ['rTRC', 'gTRC', 'bTRC'].map((name) => readCurve(tags.get(name))).filter((curve) => curve !== null)
  const colorants = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => readXyz(tags.get(name))).filter((xyz) => xyz !== null)
  return curves.length === 3 && colorants.length === 3 ? { curves, colorants } : null
}

/** Reads a colour (ICC.1:2022, 10.31). */
function readXyz(tag: Buffer | undefined): Xyz | null {
  return tag && tag.length >= 20 ? [fixedAt(tag, 8), fixedAt(tag, 12), fixedAt(tag, 16)] : null
}

/** Reads a curve: a gamma, a table of points, or a formula (ICC.1:2022, 10.6 and 10.18). */
function readCurve(tag: Buffer | undefined): Curve | null {
  if (!tag || tag.length < 12) return null
  const type = tag.toString('latin1', 0, 4)
  if (type === 'curv') return readTable(tag)
  const parameters = PARAMETERS[tag.readUInt16BE(8)]
  if (type !== 'para' || parameters === undefined || tag.length < 12 + parameters * 4) return null
  return formulaOf(Array.from({ length: parameters }, (_, index) => fixedAt(tag, 12 + index * 4)))
}

function readTable(tag: Buffer): Curve | null {
  const points = tag.readUInt32BE(8)
  if (points === 0) return (coded) => coded
  if (tag.length < 12 + points * 2) return null
  if (points === 1) {
    const gamma = tag.readUInt16BE(12) / 256
    return (coded) => coded ** gamma
  }
  const pointAt = (index: number): number => tag.readUInt16BE(12 + index * 2) / 65_535
  return (coded) => {
    const place = coded * (points - 1)
    const before = Math.min(Math.floor(place), points - 2)
    return pointAt(before) + (pointAt(before + 1) - pointAt(before)) * (place - before)
  }
}

/** The five kinds of formulas differ in the number of their parameters. */
function formulaOf([gamma = 1, a = 1, b = 0, c = 0, d, e = 0, f = 0]: number[]): Curve {
  const power = (coded: number): number => Math.max(a * coded + b, 0) ** gamma
  if (d !== undefined) return (coded) => (coded >= d ? power(coded) + e : c * coded + f)
  // Kinds 0 to 2: the constant is added on both sides of the threshold, where the power is 0.
  return (coded) => power(coded) + c
}

/** The light of CIE L*, both 0–1. */
function lightOfLightness(lightness: number): number {
  const root = (lightness * 100 + 16) / 116
  return root > 6 / 29 ? root ** 3 : 3 * (6 / 29) ** 2 * (root - 4 / 29)
}

/** Reads ICC's s15Fixed16Number. */
function fixedAt(tag: Buffer, at: number): number {
  return tag.readInt32BE(at) / 65_536
}
