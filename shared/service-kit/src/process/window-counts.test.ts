import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'

import { createWindowCounts } from './window-counts.ts'

beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void jest.useRealTimers())

const counted = (counts: ReturnType<typeof createWindowCounts>, key: string) => counts.increment(key).totalHits

it('counts each key in a window that begins with its first event', () => {
  const counts = createWindowCounts({ windowMs: 60_000, maxKeys: 100 })
  expect(counts.increment('a')).toEqual({ totalHits: 1, resetTime: new Date(1_060_000) })
  jest.advanceTimersByTime(30_000)
  expect([counted(counts, 'a'), counted(counts, 'b')]).toEqual([2, 1])

  jest.advanceTimersByTime(29_999)
  expect([counted(counts, 'a'), counted(counts, 'b')]).toEqual([3, 2])
  jest.advanceTimersByTime(1)
  expect([counted(counts, 'a'), counted(counts, 'b')]).toEqual([1, 3])
  jest.advanceTimersByTime(600_000)
  expect([counted(counts, 'a'), counted(counts, 'b')]).toEqual([1, 1])
})

it('keeps a count until the end of its window, however many windows of other keys begin', () => {
  const counts = createWindowCounts({ windowMs: 60_000, maxKeys: 1_000 })
  for (let second = 0; second < 300; second++) {
    counts.increment(`key ${second}`)
    if (second >= 59) expect(counted(counts, `key ${second - 59}`)).toBe(2)
    jest.advanceTimersByTime(1_000)
  }
})

it('takes back an event', () => {
  const counts = createWindowCounts({ windowMs: 60_000, maxKeys: 100 })
  counts.increment('a')
  counts.increment('a')
  counts.decrement('a')
  expect(counts.get('a')?.totalHits).toBe(1)
  counts.decrement('unknown')
  expect(counts.get('unknown')).toBeUndefined()
  counts.resetKey('a')
  expect(counts.get('a')).toBeUndefined()
})

it('forgets the keys that were not used for the longest time when there are too many', () => {
  const counts = createWindowCounts({ windowMs: 60_000, maxKeys: 1_000 })
  counts.increment('busy')
  for (let key = 0; key < 10_000; key++) {
    counts.increment(`key ${key}`)
    counts.increment('busy')
  }
  expect(counts.size()).toBeLessThanOrEqual(1_000)
  expect(counted(counts, 'busy')).toBe(10_002)
  expect(counts.get('key 0')).toBeUndefined()
})

it('begins a new window when the clock was set back', () => {
  const counts = createWindowCounts({ windowMs: 60_000, maxKeys: 100 })
  counts.increment('a')
  jest.setSystemTime(500_000)
  expect(counts.increment('a')).toEqual({ totalHits: 1, resetTime: new Date(560_000) })
})
