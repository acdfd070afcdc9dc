import { describe, expect, it } from '@jest/globals'
import { GivenBackError } from '@likeness/media-jobs'
import { createSlots, slotsFor } from './slots.ts'

const never = new AbortController().signal
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the slots of a worker', () => {
  it('leave interactive jobs one, whatever is in bulk', async () => {
    expect([slotsFor('interactive', 4), slotsFor('bulk', 4), slotsFor('bulk', 1)]).toEqual([4, 3, 1])
    const slots = createSlots(2)
    await slots.take('bulk', never)
    let second = false
    void slots.take('bulk', never).then(() => (second = true))
    await settled()
    expect(second).toBe(false)
    await slots.take('interactive', never)
    expect(slots.busy()).toBe(2)
  })

  it('are given to interactive jobs first', async () => {
    const slots = createSlots(1)
    const release = await slots.take('bulk', never)
    const order: string[] = []
    const bulk = slots.take('bulk', never).then((free) => (order.push('bulk'), free()))
    const interactive = slots.take('interactive', never).then((free) => (order.push('interactive'), free()))
    release()
    release()
    await Promise.all([bulk, interactive])
    expect(order).toEqual(['interactive', 'bulk'])
    expect(slots.busy()).toBe(0)
  })

  it('give up waiting when the worker stops', async () => {
    const slots = createSlots(1)
    const release = await slots.take('interactive', never)
    const stopping = new AbortController()
    const waiting = slots.take('interactive', stopping.signal)
    stopping.abort()
    await expect(waiting).rejects.toBeInstanceOf(GivenBackError)
    await expect(slots.take('interactive', stopping.signal)).rejects.toBeInstanceOf(GivenBackError)
    release()
    expect(slots.busy()).toBe(0)
  })
})
