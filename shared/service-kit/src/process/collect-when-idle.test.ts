import { expect, it } from '@jest/globals'

import { watchForIdle } from './collect-when-idle.ts'

/** How often the process became idle, after each of these intervals. */
function idleCountsAfter(utilizations: number[]): number[] {
  let count = 0
  const addInterval = watchForIdle(() => (count += 1))
  return utilizations.map((utilization) => {
    addInterval(utilization)
    return count
  })
}

it('When a process has started and two intervals are quiet, then it becomes idle once', () => {
  expect(idleCountsAfter([0.9, 0.01, 0.01, 0, 0.02, 0])).toEqual([0, 0, 1, 1, 1, 1])
})

it('When it is busy again, then it can become idle again', () => {
  expect(idleCountsAfter([0, 0, 0.5, 0, 0])).toEqual([0, 1, 1, 1, 2])
})

it('When it is busy from time to time, then it does not become idle', () => {
  expect(idleCountsAfter([0.2, 0, 0.2, 0, 0.2, 0])).toEqual([0, 0, 0, 0, 0, 0])
})
