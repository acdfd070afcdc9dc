import type { RenditionNote, Writer } from '@likeness/media-files'

interface WatchOptions {
  /** The time without a heartbeat after which a writer is dead. */
  deadMs: number
  /** The time after which a note of renditions is settled, even if its writer runs. */
  noteMs: number
  /** The longest time that counts between two looks. */
  stepMs: number
}

/** Unfinished work that nobody will finish. */
interface Abandoned {
  writers: Writer[]
  notes: RenditionNote[]
}

/** Finds out which writers of the store are dead. */
export interface WriterWatch {
  /** Compares the writers with those of the last look. @param now milliseconds of a monotonic clock */
  look(writers: Writer[], now?: number): Abandoned
}

/**
 * Watches the heartbeats of writers by the clock of this process alone, so that the clocks of machines and of the store are
 * never compared. If looks are further apart than usual, the machine may have been suspended, together with its writers.
 * Such a gap counts only as one step, so that the writers have time for their next heartbeat.
 */
export function createWriterWatch({ deadMs, noteMs, stepMs }: WatchOptions): WriterWatch {
  let silences = new Map<string, { heartbeat: string; ms: number }>()
  let ages = new Map<string, number>()
  let lookedAt: number | undefined

  return {
    look(writers, now = performance.now()) {
      const step = Math.min(now - (lookedAt ?? now), stepMs)
      lookedAt = now
      silences = new Map(
        writers.map(({ id, heartbeat }) => {
          const before = silences.get(id)
          return [id, { heartbeat, ms: before?.heartbeat === heartbeat ? before.ms + step : 0 }]
        }),
      )
      const dead = writers.filter(({ id }) => (silences.get(id)?.ms ?? 0) >= deadMs)
      const notes = writers.flatMap(({ renditions }) => renditions)
      ages = new Map(notes.map(({ id }) => [id, ages.has(id) ? (ages.get(id) ?? 0) + step : 0]))
      const ofDead = new Set(dead.flatMap(({ renditions }) => renditions))
      return { writers: dead, notes: notes.filter((note) => ofDead.has(note) || (ages.get(note.id) ?? 0) >= noteMs) }
    },
  }
}
