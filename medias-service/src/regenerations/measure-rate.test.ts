import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { measureRate, notMeasured, type MeasuredRate } from './measure-rate.ts'

const startedAt = Date.parse('2026-01-31T12:00:00Z')
const at = (seconds: number) => new Date(startedAt + seconds * 1_000)

/** Measures once a second. `perSecond` returns the number of versions that ended in a second. */
function measure(seconds: number, perSecond: (second: number) => number): MeasuredRate {
  let rate = measureRate(notMeasured, 0, at(0))
  for (let second = 1; second <= seconds; second++) rate = measureRate(rate, perSecond(second), at(second))
  return rate
}

describe('the rate of a regeneration', () => {
  it('is unknown at the first measurement and less than a second later', () => {
    const first = measureRate(notMeasured, 0, at(0))
    expect(first.perSecond).toBeNull()
    expect(measureRate(first, 40, at(0.5))).toEqual(first)
    expect(measureRate(first, 40, at(2)).perSecond).toBe(20)
  })

  it('is the mean during the first minute', () => {
    const half = measure(30, (second) => (second % 2 === 0 ? 10 : 0))
    expect(half.perSecond).toBeCloseTo(5)
  })

  it('follows a change within two minutes, however long the old rate lasted', () => {
    const changed = measure(3_600 + 120, (second) => (second <= 3_600 ? 100 : 10))
    expect(changed.perSecond).toBeLessThan(10 + 90 * 0.15)
    expect(changed.perSecond).toBeGreaterThan(10)
  })

  it('falls towards zero while no version ends', () => {
    expect(measure(360, (second) => (second <= 60 ? 10 : 0)).perSecond).toBeLessThan(0.1)
  })

  it('starts again after a minute without a measurement', () => {
    const before = measure(60, () => 10)
    const after = measureRate(before, 5_000, at(60 + 3_600))
    expect(after.perSecond).toBeNull()
    expect(measureRate(after, 4, at(60 + 3_602)).perSecond).toBe(2)
  })

  it('lies between the slowest and the fastest second', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 300 }), (ended) => {
        const { perSecond } = measure(ended.length, (second) => ended[second - 1] ?? 0)
        expect(perSecond).toBeGreaterThanOrEqual(Math.min(...ended) - 1e-9)
        expect(perSecond).toBeLessThanOrEqual(Math.max(...ended) + 1e-9)
      }),
    )
  })
})
