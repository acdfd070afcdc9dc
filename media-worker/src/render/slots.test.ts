import { describe, expect, it } from '@jest/globals'
import { RequeueError, type RoutingKey } from '@likeness/media-jobs'

import { createSlots, slotsFor } from './slots.ts'

const never = new AbortController().signal
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the slots of a worker', () => {
  /** Asks for slots, and remembers what was given. */
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

  it('are given to bulk jobs but for one', async () => {
    expect([slotsFor('interactive', 4), slotsFor('bulk', 4), slotsFor('bulk', 1)]).toEqual([4, 3, 1])
    const { ask } = queueUp(3)
    expect(await ask('bulk', 'bulk', 'bulk', 'bulk')).toEqual(['bulk', 'bulk'])
  })

  it('are never kept from an interactive job by bulk jobs', async () => {
    const { slots, ask } = queueUp(2)
    expect(await ask('bulk', 'interactive', 'interactive', 'interactive')).toEqual([
      'bulk',
      'interactive',
      'interactive',
    ])
    expect(slots.busy()).toBe(3)
  })

  it('are for bulk jobs only where no interactive job takes them', async () => {
    const { given, ask } = queueUp(2)
    expect(await ask('interactive', 'interactive', 'bulk')).toEqual(['interactive', 'interactive'])
    given[0]?.release()
    expect(await ask()).toEqual(['interactive', 'interactive', 'bulk'])
  })

  it('let one bulk job run beside, where there is but one', async () => {
    const { ask } = queueUp(1)
    expect(await ask('interactive', 'bulk', 'bulk', 'interactive')).toEqual(['interactive', 'bulk'])
  })

  it('become more and fewer, and what runs goes on', async () => {
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

  it('count the seconds that they are taken', async () => {
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

  it('give up waiting when no more jobs are taken', async () => {
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
