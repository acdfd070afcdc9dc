import { readFormulas, type Curve, type Xyz } from './icc-tags.ts'

/** The colorants of sRGB, adapted to D50. */
const colorants: readonly Xyz[] = [
  [0.4361, 0.2225, 0.0139],
  [0.3851, 0.7169, 0.0971],
  [0.1431, 0.0606, 0.7142],
]
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
  const formulas = readFormulas(profile)
  if (!formulas?.colorants) return false
  return (
    formulas.colorants.every((found, index) => isNear(found, colorants[index])) && formulas.curves.every(isSrgbCurve)
  )
}

/** Converts a coded value to light, both 0–1 (IEC 61966-2-1). */
export function lightOfSrgb(coded: number): number {
  return coded <= 0.040_45 ? coded / 12.92 : ((coded + 0.055) / 1.055) ** 2.4
}

function isNear(found: Xyz, expected: Xyz | undefined): boolean {
  return found.every((part, index) => Math.abs(part - (expected?.[index] ?? 0)) <= COLORANT_SLACK)
}

function isSrgbCurve(light: Curve): boolean {
  return Array.from({ length: CURVE_PROBES }, (_, index) => index / (CURVE_PROBES - 1)).every(
    (coded) => Math.abs(light(coded) - lightOfSrgb(coded)) <= CURVE_SLACK,
  )
}
