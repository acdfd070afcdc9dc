import { REFERENCE } from './encodings.ts'
import type { Row } from './rows.ts'

type Metric = 'ssimulacra2' | 'butteraugli' | 'ssim'

/** The comparison of a curve with the reference: one value for each photo in which both curves overlap. */
export interface Comparison {
  /** Bytes at the likeness of the reference, as a multiple of the bytes of the reference. */
  bytes: number[]
  cpu: number[]
  /** The quality at which the curve has the likeness of the reference. */
  quality: number[]
  /** Like `bytes`, but over all likenesses that both curves have (Bjøntegaard's rate). */
  rate: number[]
}

interface Point {
  score: number
  logBytes: number
  cpuMs: number
  quality: number
}

const STEPS = 20

/** Compares at equal likeness, because the quality numbers of two formats are not comparable. It never extrapolates. */
export function compareWithReference(rows: Row[], curve: string, metric: Metric): Comparison {
  const comparison: Comparison = { bytes: [], cpu: [], quality: [], rate: [] }
  for (const photo of new Set(rows.map((row) => row.photo))) {
    const ours = pointsOf(rows, { photo, curve, metric })
    const theirs = pointsOf(rows, { photo, curve: REFERENCE.curve, metric })
    const target = theirs.find(({ quality }) => quality === REFERENCE.quality)
    if (!target) continue
    const met = at(ours, target.score)
    if (met) {
      comparison.bytes.push(Math.exp(met.logBytes - target.logBytes))
      comparison.cpu.push(met.cpuMs / target.cpuMs)
      comparison.quality.push(met.quality)
    }
    comparison.rate.push(...rateOf(ours, theirs))
  }
  return comparison
}

function pointsOf(rows: Row[], { photo, curve, metric }: { photo: string; curve: string; metric: Metric }): Point[] {
  return rows
    .filter((row) => row.photo === photo && row.curve === curve)
    .flatMap((row) => {
      const score = row[metric]
      return score === null ? [] : [{ score, logBytes: Math.log(row.bytes), cpuMs: row.cpuMs, quality: row.quality }]
    })
    .toSorted((one, other) => one.score - other.score)
}

function rateOf(ours: Point[], theirs: Point[]): number[] {
  const lowest = Math.max(ours[0]?.score ?? Infinity, theirs[0]?.score ?? Infinity)
  const highest = Math.min(ours.at(-1)?.score ?? -Infinity, theirs.at(-1)?.score ?? -Infinity)
  if (!(highest > lowest)) return []
  const differences = Array.from({ length: STEPS + 1 }, (_, step) => {
    const score = lowest + ((highest - lowest) * step) / STEPS
    return (at(ours, score)?.logBytes ?? Number.NaN) - (at(theirs, score)?.logBytes ?? Number.NaN)
  })
  return [Math.exp(differences.reduce((sum, difference) => sum + difference) / differences.length)]
}

/** Interpolates linearly between score and logarithm of bytes; null beyond the ends of the curve. */
function at(points: Point[], score: number): Point | null {
  for (const [index, upper] of points.entries()) {
    const lower = points[index - 1] ?? upper
    if (score < lower.score || score > upper.score) continue
    const part = upper.score === lower.score ? 0 : (score - lower.score) / (upper.score - lower.score)
    const between = (one: number, other: number) => one + (other - one) * part
    return {
      score,
      logBytes: between(lower.logBytes, upper.logBytes),
      cpuMs: between(lower.cpuMs, upper.cpuMs),
      quality: between(lower.quality, upper.quality),
    }
  }
  return null
}
