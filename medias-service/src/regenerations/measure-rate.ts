/** The number of versions that end per second. */
export interface MeasuredRate {
  /** Null while the rate is unknown. */
  perSecond: number | null
  /** The time of the first measurement. */
  from: Date | null
  /** The time of the last measurement. */
  at: Date | null
}

/** The time over which the rate is smoothed, in seconds. */
const MINUTE = 60
/** Minimum time between two measurements. A shorter time would measure single versions. */
const MIN_SECONDS = 1

export const notMeasured: MeasuredRate = { perSecond: null, from: null, at: null }

/**
 * The rate of the last minute: in the first minute the mean, then an exponential moving average with a time constant of
 * 60 s, in which a value that is a minute old counts about a third of a new value.
 *
 * @param ended the number of versions that ended since the last measurement
 * @param now the time of this measurement; after a minute without a measurement, measuring starts again
 */
export function measureRate(before: MeasuredRate, ended: number, now: Date): MeasuredRate {
  const { perSecond, from, at } = before
  if (from === null || at === null) return { perSecond: null, from: now, at: now }
  const seconds = (now.getTime() - at.getTime()) / 1_000
  if (seconds > MINUTE) return { perSecond: null, from: now, at: now }
  if (seconds < MIN_SECONDS) return before
  const elapsed = (now.getTime() - from.getTime()) / 1_000
  const weight = Math.max(1 - Math.exp(-seconds / MINUTE), seconds / elapsed)
  const newest = ended / seconds
  return { perSecond: (perSecond ?? newest) * (1 - weight) + newest * weight, from, at: now }
}
