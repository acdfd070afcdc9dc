import { describe, expect, it } from '@jest/globals'
import { RequeueError, type RoutingKey } from '@likeness/media-jobs'

import { createSlots, slotsFor } from './slots.ts'

const never = new AbortController().signal
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the slots of a worker', () => {
  /** Requests slots, and records which requests got one. */
  const queueUp = (total: number) => {
    const slots = createSlots(total)
    const given: { routingKey: RoutingKey; release: () => void }[] = []
    const ask = async (...routingKeys: RoutingKey[]): Promise<RoutingKey[]> => {
      for (const routingKey of routingKeys) {
        void slots.acquire(routingKey, never).then((release) => given.push({ routingKey, release }))
      }
      await settled()
      return given.map(({ routingKey }) => routingKey)
    }
    return { slots, given, ask }
  }

  it('are available to bulk jobs, except for one', async () => {
    expect([slotsFor('interactive', 4), slotsFor('bulk', 4), slotsFor('bulk', 1)]).toEqual([4, 3, 1])
    const { ask } = queueUp(3)
    expect(await ask('bulk', 'bulk', 'bulk', 'bulk')).toEqual(['bulk', 'bulk'])
  })

  it('are available to an interactive job even while bulk jobs have them', async () => {
    const { slots, ask } = queueUp(2)
    expect(await ask('bulk', 'interactive', 'interactive', 'interactive')).toEqual([
      'bulk',
      'interactive',
      'interactive',
    ])
    expect(slots.busy()).toBe(3)
  })

  it('are available to bulk jobs only if interactive jobs leave one free', async () => {
    const { given, ask } = queueUp(2)
    expect(await ask('interactive', 'interactive', 'bulk')).toEqual(['interactive', 'interactive'])
    given[0]?.release()
    expect(await ask()).toEqual(['interactive', 'interactive', 'bulk'])
  })

  it('let one bulk job run in addition, if there is only one slot', async () => {
    const { ask } = queueUp(1)
    expect(await ask('interactive', 'bulk', 'bulk', 'interactive')).toEqual(['interactive', 'bulk'])
  })

  it('increase and decrease in number without interrupting running jobs', async () => {
    const { slots, given, ask } = queueUp(1)
    expect(await ask('interactive', 'interactive', 'interactive')).toHaveLength(1)
    slots.resize(3)
    expect(await ask('interactive')).toHaveLength(3)
    slots.resize(1)
    given[0]?.release()
    given[1]?.release()
    expect(await ask()).toHaveLength(3)
    given[2]?.release()
    given[2]?.release()
    expect(await ask()).toHaveLength(4)
    expect(slots.busy()).toBe(1)
  })

  it('count their busy seconds', async () => {
    const { slots, given, ask } = queueUp(2)
    await ask('interactive', 'interactive')
    await new Promise((resolve) => setTimeout(resolve, 100))
    const both = slots.busySeconds()
    expect(both).toBeGreaterThanOrEqual(0.19)
    for (const { release } of given) release()
    const after = slots.busySeconds()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(slots.busySeconds()).toBe(after)
  })

  it('reject waiting jobs when the worker accepts no more jobs', async () => {
    const slots = createSlots(1)
    const release = await slots.acquire('interactive', never)
    const stopping = new AbortController()
    const waiting = slots.acquire('interactive', stopping.signal)
    stopping.abort()
    await expect(waiting).rejects.toBeInstanceOf(RequeueError)
    await expect(slots.acquire('interactive', stopping.signal)).rejects.toBeInstanceOf(RequeueError)
    release()
    expect(slots.busy()).toBe(0)
  })
})
