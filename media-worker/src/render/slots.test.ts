import { describe, expect, it } from '@jest/globals'
import { RequeueError, type RoutingKey } from '@likeness/media-jobs'

import { createSlots, slotsFor } from './slots.ts'

const never = new AbortController().signal
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the slots of a worker', () => {
  /** Requests slots, and records which requests got one. */
  const openSlots = (total: number) => {
    const slots = createSlots(total)
    const acquired: { routingKey: RoutingKey; release: () => void }[] = []
    const request = async (...routingKeys: RoutingKey[]): Promise<RoutingKey[]> => {
      for (const routingKey of routingKeys) {
        void slots.acquire(routingKey, never).then((release) => acquired.push({ routingKey, release }))
      }
      await settled()
      return acquired.map(({ routingKey }) => routingKey)
    }
    return { slots, acquired, request }
  }

  it('are available to bulk jobs, except for one', async () => {
    expect([slotsFor('interactive', 4), slotsFor('bulk', 4), slotsFor('bulk', 1)]).toEqual([4, 3, 1])
    const { request } = openSlots(3)
    expect(await request('bulk', 'bulk', 'bulk', 'bulk')).toEqual(['bulk', 'bulk'])
  })

  it('are available to an interactive job even while bulk jobs have them', async () => {
    const { slots, request } = openSlots(2)
    expect(await request('bulk', 'interactive', 'interactive', 'interactive')).toEqual([
      'bulk',
      'interactive',
      'interactive',
    ])
    expect(slots.busy()).toBe(3)
  })

  it('are available to bulk jobs only if interactive jobs leave one free', async () => {
    const { acquired, request } = openSlots(2)
    expect(await request('interactive', 'interactive', 'bulk')).toEqual(['interactive', 'interactive'])
    acquired[0]?.release()
    expect(await request()).toEqual(['interactive', 'interactive', 'bulk'])
  })

  it('are available to an express job even while all other jobs have them', async () => {
    const one = openSlots(1)
    expect(await one.request('interactive', 'bulk', 'express', 'express')).toEqual(['interactive', 'bulk', 'express'])
    const two = openSlots(2)
    expect(await two.request('bulk', 'interactive', 'interactive', 'express', 'express')).toEqual([
      'bulk',
      'interactive',
      'interactive',
      'express',
    ])
    two.acquired[0]?.release()
    expect(await two.request()).toHaveLength(5)
  })

  it('leave one for interactive jobs, however many express and bulk jobs there are', async () => {
    const { request } = openSlots(2)
    expect(await request('bulk', 'express', 'express', 'express', 'interactive', 'interactive')).toEqual([
      'bulk',
      'express',
      'express',
      'interactive',
    ])
  })

  it('let one bulk job run in addition, if there is only one slot', async () => {
    const { request } = openSlots(1)
    expect(await request('interactive', 'bulk', 'bulk', 'interactive')).toEqual(['interactive', 'bulk'])
  })

  it('increase and decrease in number without interrupting running jobs', async () => {
    const { slots, acquired, request } = openSlots(1)
    expect(await request('interactive', 'interactive', 'interactive')).toHaveLength(1)
    slots.resize(3)
    expect(await request('interactive')).toHaveLength(3)
    slots.resize(1)
    acquired[0]?.release()
    acquired[1]?.release()
    expect(await request()).toHaveLength(3)
    acquired[2]?.release()
    acquired[2]?.release()
    expect(await request()).toHaveLength(4)
    expect(slots.busy()).toBe(1)
  })

  it('count their busy seconds', async () => {
    const { slots, acquired, request } = openSlots(2)
    await request('interactive', 'interactive')
    await new Promise((resolve) => setTimeout(resolve, 100))
    const both = slots.busySeconds()
    expect(both).toBeGreaterThanOrEqual(0.19)
    for (const { release } of acquired) release()
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
