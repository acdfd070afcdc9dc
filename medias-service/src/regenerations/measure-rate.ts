/** How many versions a second come to an end, and since when that is measured. */
export interface MeasuredRate {
  /** Null while it is not known. */
  perSecond: number | null
  from: Date | null
  /** When it was measured last. */
  at: Date | null
}

/** The time over which a rate is smoothed. */
const MINUTE = 60
/** Often enough for whoever watches; more often, single versions would be measured. */
const LEAST_SECONDS = 1

export const notMeasured: MeasuredRate = { perSecond: null, from: null, at: null }

/**
 * The rate of the last minute: at first the mean since it is measured, then the moving one, in which what is a minute
 * old counts a third of what is new (an exponential moving average with a time constant of 60 s).
 *
 * @param ended how many have ended since it was measured last
 * @param now the time of this look; after a minute without any, measuring begins anew
 */
export function measureRate(before: MeasuredRate, ended: number, now: Date): MeasuredRate {
  const { perSecond, from, at } = before
  if (from === null || at === null) return { perSecond: null, from: now, at: now }
  const seconds = (now.getTime() - at.getTime()) / 1_000
  if (seconds > MINUTE) return { perSecond: null, from: now, at: now }
  if (seconds < LEAST_SECONDS) return before
  const elapsed = (now.getTime() - from.getTime()) / 1_000
  const weight = Math.max(1 - Math.exp(-seconds / MINUTE), seconds / elapsed)
  const newest = ended / seconds
  return { perSecond: (perSecond ?? newest) * (1 - weight) + newest * weight, from, at: now }
}
