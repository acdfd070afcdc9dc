import type { Curve } from './icc-tags.ts'
import { lightOfSrgb } from './srgb-profile.ts'

/** The codes of the two curves of HDR (ITU-T H.273, table 3). */
export const PQ = 16
export const HLG = 18

/**
 * Curves from a coded value to light by their code (ITU-T H.273, table 3), without those of HDR. The curves of video
 * cameras (BT.709, 601, 2020 and similar) are treated as sRGB's curve, as browsers do.
 */
export const codedCurves: ReadonlyMap<number, Curve> = new Map([
  ...[1, 6, 7, 11, 12, 13, 14, 15].map((code) => [code, lightOfSrgb] as const),
  [4, (coded) => coded ** 2.2],
  [5, (coded) => coded ** 2.8],
  [8, (coded) => coded],
  [9, (coded) => (coded > 0 ? 10 ** (2 * (coded - 1)) : 0)],
  [10, (coded) => (coded > 0 ? 10 ** (2.5 * (coded - 1)) : 0)],
  // SMPTE ST 428-1, for cinemas: white has 48 of 52.37 cd/m².
  [17, (coded) => (coded ** 2.6 * 52.37) / 48],
])

/** Converts a coded value of PQ to cd/m² (SMPTE ST 2084). */
export function lightOfPq(coded: number): number {
  const root = coded ** (1 / 78.843_75)
  return 10_000 * (Math.max(root - 0.835_937_5, 0) / (18.851_562_5 - 18.6875 * root)) ** (1 / 0.159_301_757_812_5)
}

/** Converts a coded value of HLG to the light of the scene, 0–1 (ITU-R BT.2100). */
export function sceneLightOfHlg(coded: number): number {
  return coded <= 0.5 ? coded ** 2 / 3 : (Math.exp((coded - 0.559_910_73) / 0.178_832_77) + 0.284_668_92) / 12
}
