/** Luminance of a diffuse white surface in HDR (ITU-R BT.2408), in cd/m². */
export const DIFFUSE_WHITE = 203
/** The luminance of the brightest pixel if the file does not define it, in cd/m². */
export const DEFAULT_PEAK = 1_000

/** The weight of the tangents' intersection. */
const KAPPA = 0.65

/**
 * A curve that compresses light to the range of SDR: the reference white tone mapping operator of SMPTE ST 2094-50, for
 * a display without headroom, as Chromium applies it. Light up to diffuse white keeps its proportions, and brighter
 * light follows a quadratic Bézier curve up to the peak.
 *
 * @param peak in cd/m²
 * @returns a function from light, 1 is diffuse white, to light of 0–1
 */
export function toneCurve(peak: number): (light: number) => number {
  const most = Math.max(peak / DIFFUSE_WHITE, 1)
  const white = 1 - 0.5 * Math.min(Math.log2(most) / Math.log2(DEFAULT_PEAK / DIFFUSE_WHITE), 1)
  const across = 1 - KAPPA + KAPPA / white
  const up = (1 - KAPPA) * white + KAPPA
  return (light) => {
    if (light <= 1) return light * white
    if (light >= most) return 1
    const share = shareAt(light, { across, most })
    return white * (1 - share) ** 2 + 2 * up * share * (1 - share) + share ** 2
  }
}

/** The parameter of the Bézier curve at this light: the root of a quadratic equation. */
function shareAt(light: number, { across, most }: { across: number; most: number }): number {
  const square = 1 - 2 * across + most
  const linear = 2 * (across - 1)
  if (Math.abs(square) < 1e-9) return (light - 1) / linear
  return (Math.sqrt(linear ** 2 + 4 * square * (light - 1)) - linear) / (2 * square)
}
