import type { WorkerModel, Mediasdb } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** The state that a worker reports. */
export type WorkerState = Omit<Attributes<WorkerModel>, 'name' | 'seenAt'>

/** Writes a worker's row, and deletes the rows of workers that have not reported for a minute. */
export async function writeWorker(mediasdb: Mediasdb, name: string, state: WorkerState): Promise<void> {
  await mediasdb.rows(
    `WITH silent AS (
       DELETE FROM worker WHERE name IN (
         SELECT name FROM worker WHERE seen_at < now() - interval '1 minute' AND name <> :name FOR UPDATE SKIP LOCKED)
     )
     INSERT INTO worker (name, slots, busy, paused, memory_bytes, done, failed, started_at, seen_at)
     VALUES (:name, :slots, :busy, :paused, :memoryBytes, :done, :failed, :startedAt, now())
     ON CONFLICT (name) DO UPDATE
       SET slots = excluded.slots, busy = excluded.busy, paused = excluded.paused,
           memory_bytes = excluded.memory_bytes, done = excluded.done, failed = excluded.failed,
           started_at = excluded.started_at, seen_at = excluded.seen_at`,
    { name, ...state },
  )
}
