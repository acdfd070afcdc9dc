import { describe, expect, it } from '@jest/globals'

import { fitsMemory, sizeWorker } from './worker-size.ts'

const MB = 1_048_576
const GB = 1_024 * MB
const sizeOf = (cores: number, memoryBytes: number, byHand = {}) => {
  const size = sizeWorker({ cores, memoryBytes }, byHand)
  return { slots: size.slots, renderMb: Math.round(size.processBytes(size.slots) / MB) }
}

describe('the size of a worker', () => {
  it('follows the cores, a part of one counting as one', () => {
    expect([0.5, 1, 1.5, 2, 4].map((cores) => sizeOf(cores, 64 * GB).slots)).toEqual([1, 1, 2, 2, 4])
  })

  it('is no more than memory carries, with the bulk jobs beside', () => {
    // 0.85 × memory - 256 MB over 512 MB for each process: a slot more is two processes more.
    expect([8, 4, 3, 2, 1].map((gigabytes) => sizeOf(16, gigabytes * GB).slots)).toEqual([7, 3, 2, 1, 1])
  })

  it('leaves each process what is there, neither too little for a picture nor more than any needs', () => {
    expect(sizeOf(1, 5 * GB)).toEqual({ slots: 1, renderMb: 2048 })
    expect(sizeOf(1, GB)).toEqual({ slots: 1, renderMb: 512 })
    expect(sizeOf(1, 64 * GB)).toEqual({ slots: 1, renderMb: 3072 })
  })

  it('leaves each process less when the fleet is told of more slots', () => {
    const size = sizeWorker({ cores: 1, memoryBytes: 8 * GB }, {})
    expect([1, 2, 3, 64].map((slots) => Math.round(size.processBytes(slots) / MB))).toEqual([3072, 2236, 1341, 512])
  })

  it('grows by what the fleet is told, as far as memory carries it or it was set by hand', () => {
    const most = (gigabytes: number, byHand = {}) =>
      sizeWorker({ cores: 1, memoryBytes: gigabytes * GB }, byHand).maxSlots
    expect([1, 4, 8, 512].map((gigabytes) => most(gigabytes))).toEqual([1, 3, 7, 64])
    expect(most(1, { WORKER_SLOTS: 2 })).toBe(2)
  })

  it('is as it was set by hand, and says when that does not fit', () => {
    const given = { cores: 1, memoryBytes: 5 * GB }
    const byHand = { WORKER_SLOTS: 2, RENDER_MEMORY_MB: 2048 }
    expect(sizeOf(given.cores, given.memoryBytes, byHand)).toEqual({ slots: 2, renderMb: 2048 })
    expect(fitsMemory(given, sizeWorker(given, byHand), 2)).toBe(false)
    expect(fitsMemory(given, sizeWorker(given, {}), 1)).toBe(true)
  })
})
