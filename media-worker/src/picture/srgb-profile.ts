/** The colorants of sRGB, adapted to D50. */
const colorants = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7142],
}
/** Maximum difference that rounding in a profile causes. */
const COLORANT_SLACK = 0.002
/** Less than half the difference between two values of a byte. */
const CURVE_SLACK = 0.0015
const CURVE_PROBES = 33

/**
 * Whether an ICC profile describes sRGB, in any of the ways in which vendors write it. A conversion of such pixels to sRGB
 * would not change them, and would take a fifth of the CPU that the whole picture needs.
 */
export function isSrgb(profile: Buffer): boolean {
  const tags = tagsOf(profile)
  // If a profile has tables, they take precedence over its colorants and curves.
  if (profile.toString('latin1', 16, 20) !== 'RGB ' || tags.has('A2B0')) return false
  return (
    Object.entries(colorants).every(([name, expected]) => isColorant(tags.get(name), expected)) &&
    ['rTRC', 'gTRC', 'bTRC'].every((name) => isSrgbCurve(tags.get(name)))
  )
}

/** Converts a coded value to light, both 0–1 (IEC 61966-2-1). */
export function lightOfSrgb(coded: number): number {
  return coded <= 0.040_45 ? coded / 12.92 : ((coded + 0.055) / 1.055) ** 2.4
}

/** The contents of a profile's tags, by their names (ICC.1:2022, 7.3). */
function tagsOf(profile: Buffer): Map<string, Buffer> {
  const tags = new Map<string, Buffer>()
  if (profile.length < 132) return tags
  const count = Math.min(profile.readUInt32BE(128), 100)
  for (let at = 132; at + 12 <= Math.min(profile.length, 132 + count * 12); at += 12) {
    const start = profile.readUInt32BE(at + 4)
    tags.set(profile.toString('latin1', at, at + 4), profile.subarray(start, start + profile.readUInt32BE(at + 8)))
  }
  return tags
}

function isColorant(tag: Buffer | undefined, expected: number[]): boolean {
  if (!tag || tag.length < 20) return false
  return expected.every((part, index) => Math.abs(fixedAt(tag, 8 + index * 4) - part) <= COLORANT_SLACK)
}

function isSrgbCurve(tag: Buffer | undefined): boolean {
  const light = tag && curveOf(tag)
  if (!light) return false
  return Array.from({ length: CURVE_PROBES }, (_, index) => index / (CURVE_PROBES - 1)).every(
    (coded) => Math.abs(light(coded) - lightOfSrgb(coded)) <= CURVE_SLACK,
  )
}

/** Reads a curve: a table of points, or the kind of formula that sRGB uses (ICC.1:2022, 10.6 and 10.18). */
function curveOf(tag: Buffer): ((coded: number) => number) | null {
  const type = tag.toString('latin1', 0, 4)
  if (type === 'curv' && tag.length >= 12) {
    const points = tag.readUInt32BE(8)
    if (points < 2 || tag.length < 12 + points * 2) return null
    const pointAt = (index: number): number => tag.readUInt16BE(12 + index * 2) / 65_535
    return (coded) => {
      const place = coded * (points - 1)
      const before = Math.min(Math.floor(place), points - 2)
      return pointAt(before) + (pointAt(before + 1) - pointAt(before)) * (place - before)
    }
  }
  if (type !== 'para' || tag.length < 32 || tag.readUInt16BE(8) !== 3) return null
  const [gamma = 0, a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3, 4].map((index) => fixedAt(tag, 12 + index * 4))
  return (coded) => (coded >= d ? (a * coded + b) ** gamma : c * coded)
}

/** Reads ICC's s15Fixed16Number. */
function fixedAt(tag: Buffer, at: number): number {
  return tag.readInt32BE(at) / 65_536
}
