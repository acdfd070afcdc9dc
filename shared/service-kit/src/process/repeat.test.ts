import { setTimeout as pause } from 'node:timers/promises'

import { describe, expect, it } from '@jest/globals'

import { repeat } from './repeat.ts'

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(1)
}

describe('A repeated task', () => {
  const fail = (error: unknown) => {
    throw error
  }

  it('starts immediately and continues until it is stopped, and stopping waits for the current round', async () => {
    const events: string[] = []
    const task = repeat({
      everyMs: 1,
      onError: fail,
      async work() {
        events.push('begun')
        await pause(5)
        events.push('ended')
      },
    })
    expect(events).toEqual(['begun'])
    await until(() => events.length >= 5)
    await task.stop()
    const rounds = events.length
    expect(events.filter((event) => event === 'begun')).toHaveLength(events.filter((event) => event === 'ended').length)
    await pause(20)
    expect(events).toHaveLength(rounds)
  })

  it('continues after a round that fails, and reports its error', async () => {
    const errors: unknown[] = []
    let rounds = 0
    const task = repeat({
      everyMs: 1,
      onError: (error) => errors.push(error),
      async work() {
        if (++rounds < 3) throw new Error(`round ${rounds}`)
      },
    })
    await until(() => rounds >= 4)
    await task.stop()
    expect(errors.map(String)).toEqual(['Error: round 1', 'Error: round 2'])
  })

  it('waits for the time that the round returns', async () => {
    const waits: number[] = []
    let rounds = 0
    const listener = {
      async wait(limitMs: number) {
        waits.push(limitMs)
        await pause(1)
      },
    }
    const task = repeat({
      everyMs: 60_000,
      listener,
      onError: fail,
      work: async () => (++rounds === 1 ? 7 : undefined),
    })
    await until(() => waits.length >= 2)
    await task.stop()
    expect(waits.slice(0, 2)).toEqual([7, 60_000])
  })

  it('stops immediately during a long pause', async () => {
    const task = repeat({ everyMs: 3_600_000, onError: fail, work: async () => undefined })
    await pause(5)
    await task.stop()
  })
})
