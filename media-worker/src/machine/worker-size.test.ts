import { describe, expect, it } from '@jest/globals'

import { fitsMemory, sizeWorker } from './worker-size.ts'

const MB = 1_048_576
const GB = 1_024 * MB
const sizeOf = (cores: number, memoryBytes: number, environment = {}) => {
  const size = sizeWorker({ cores, memoryBytes }, environment)
  return { slots: size.slots, renderMb: Math.round(size.processBytes(size.slots) / MB) }
}

describe('the size of a worker', () => {
  it('has one slot for each core, rounded up', () => {
    expect([0.5, 1, 1.5, 2, 4].map((cores) => sizeOf(cores, 64 * GB).slots)).toEqual([1, 1, 2, 2, 4])
  })

  it('has no more slots than the memory allows, including the processes of bulk jobs', () => {
    // (0.85 × memory - 256 MB) / 512 MB processes: one more slot needs two more processes.
    expect([8, 4, 3, 2, 1].map((gigabytes) => sizeOf(16, gigabytes * GB).slots)).toEqual([7, 3, 2, 1, 1])
  })

  it('divides the memory among the processes, with at least 512 MB and at most 3072 MB for each', () => {
    expect(sizeOf(1, 5 * GB)).toEqual({ slots: 1, renderMb: 2048 })
    expect(sizeOf(1, GB)).toEqual({ slots: 1, renderMb: 512 })
    expect(sizeOf(1, 64 * GB)).toEqual({ slots: 1, renderMb: 3072 })
  })

  it('gives each process less memory when the fleet settings raise the number of slots', () => {
    const size = sizeWorker({ cores: 1, memoryBytes: 8 * GB }, {})
    expect([1, 2, 3, 64].map((slots) => Math.round(size.processBytes(slots) / MB))).toEqual([3072, 2236, 1341, 512])
  })

  it('limits the slots of the fleet settings to the memory, but not below WORKER_SLOTS', () => {
    const most = (gigabytes: number, environment = {}) =>
      sizeWorker({ cores: 1, memoryBytes: gigabytes * GB }, environment).maxSlots
    expect([1, 4, 8, 512].map((gigabytes) => most(gigabytes))).toEqual([1, 3, 7, 64])
    expect(most(1, { WORKER_SLOTS: 2 })).toBe(2)
  })

  it('follows the environment variables, and reports if the memory does not suffice for them', () => {
    const available = { cores: 1, memoryBytes: 5 * GB }
    const environment = { WORKER_SLOTS: 2, RENDER_MEMORY_MB: 2048 }
    expect(sizeOf(available.cores, available.memoryBytes, environment)).toEqual({ slots: 2, renderMb: 2048 })
    expect(fitsMemory(available, sizeWorker(available, environment), 2)).toBe(false)
    expect(fitsMemory(available, sizeWorker(available, {}), 1)).toBe(true)
  })
})
