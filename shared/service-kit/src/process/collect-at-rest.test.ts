import { expect, it } from '@jest/globals'

import { watchForRest } from './collect-at-rest.ts'

/** How often there was rest, after each of these looks. */
function restsAfter(utilizations: number[]): number[] {
  let rests = 0
  const look = watchForRest(() => (rests += 1))
  return utilizations.map((utilization) => {
    look(utilization)
    return rests
  })
}

it('When a process has started and does nothing for two looks, then it rests, and once', () => {
  expect(restsAfter([0.9, 0.01, 0.01, 0, 0.02, 0])).toEqual([0, 0, 1, 1, 1, 1])
})

it('When it works again, then the next rest counts again', () => {
  expect(restsAfter([0, 0, 0.5, 0, 0])).toEqual([0, 1, 1, 1, 2])
})

it('When it works now and then, then it does not rest', () => {
  expect(restsAfter([0.2, 0, 0.2, 0, 0.2, 0])).toEqual([0, 0, 0, 0, 0, 0])
})
