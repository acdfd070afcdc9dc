import { describe, expect, it } from '@jest/globals'
import type { Writer } from '@likeness/media-files'

import { createWriterWatch } from './writer-watch.ts'

const writer = (id: string, heartbeat: number, notes: string[] = []): Writer => ({
  id,
  heartbeat: String(heartbeat),
  received: [],
  renditions: notes.map((note) => ({ id: note, sha256: note, delete: async () => undefined })),
  delete: async () => undefined,
})

describe('A watch of the writers', () => {
  const start = () => createWriterWatch({ deadMs: 90_000, noteMs: 180_000, stepMs: 40_000 })
  const idsOf = (found: { id: string }[]) => found.map(({ id }) => id)

  it('finds a writer whose heartbeat has not changed for long enough, and no other', () => {
    const watch = start()
    const deadAt: number[] = []
    for (let second = 0; second <= 200; second += 20) {
      const { writers } = watch.look([writer('runs', second), writer('died', 7)], second * 1_000)
      if (writers.length > 0) deadAt.push(second)
      expect(idsOf(writers)).toEqual(second < 100 ? [] : ['died'])
    }
    expect(deadAt[0]).toBe(100)
  })

  it('counts again from the beginning when a heartbeat comes late', () => {
    const watch = start()
    for (let second = 0; second <= 80; second += 20) watch.look([writer('late', 1)], second * 1_000)
    for (let second = 100; second <= 180; second += 20) {
      expect(watch.look([writer('late', 2)], second * 1_000).writers).toEqual([])
    }
    expect(idsOf(watch.look([writer('late', 2)], 200_000).writers)).toEqual(['late'])
  })

  it('gives writers time for their next heartbeat after the machine was suspended', () => {
    const watch = start()
    watch.look([writer('suspended', 1)], 0)
    expect(watch.look([writer('suspended', 1)], 8 * 3_600_000).writers).toEqual([])
    expect(watch.look([writer('suspended', 2)], 8 * 3_600_000 + 20_000).writers).toEqual([])
  })

  it('counts only from its first look at a writer', () => {
    const watch = start()
    watch.look([], 0)
    for (let second = 20; second <= 100; second += 20) {
      expect(watch.look([writer('new', 1)], second * 1_000).writers).toEqual([])
    }
  })

  it('finds the notes of dead writers, and notes that are old although their writer runs', () => {
    const watch = start()
    const look = (second: number) =>
      idsOf(watch.look([writer('died', 1, ['a']), writer('runs', second, ['b'])], second * 1_000).notes)
    for (let second = 0; second < 100; second += 20) expect(look(second)).toEqual([])
    for (let second = 100; second < 180; second += 20) expect(look(second)).toEqual(['a'])
    expect(look(180)).toEqual(['a', 'b'])
  })
})
