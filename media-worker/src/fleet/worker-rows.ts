import type { Mediasdb } from '@likeness/mediasdb'
import { QueryTypes } from 'sequelize'

/** What a worker tells of itself. */
export interface WorkerState {
  slots: number
  busy: number
  paused: boolean
  /** Resident, its render processes' with it. */
  memoryBytes: number
  /** Jobs since it started. */
  done: number
  failed: number
  startedAt: Date
}

/** Writes a worker's row, and deletes those of workers that nobody has heard of for a minute. */
export async function writeWorker({ sequelize }: Mediasdb, name: string, state: WorkerState): Promise<void> {
  await sequelize.query(
    `WITH silent AS (
       DELETE FROM worker WHERE name IN (
         SELECT name FROM worker WHERE seen_at < now() - interval '1 minute' AND name <> $name FOR UPDATE SKIP LOCKED)
     )
     INSERT INTO worker (name, slots, busy, paused, memory_bytes, done, failed, started_at, seen_at)
     VALUES ($name, $slots, $busy, $paused, $memoryBytes, $done, $failed, $startedAt, now())
     ON CONFLICT (name) DO UPDATE
       SET slots = excluded.slots, busy = excluded.busy, paused = excluded.paused,
           memory_bytes = excluded.memory_bytes, done = excluded.done, failed = excluded.failed,
           started_at = excluded.started_at, seen_at = excluded.seen_at`,
    { bind: { name, ...state }, type: QueryTypes.INSERT },
  )
}

/** Deletes a worker's row: it has stopped. */
export async function deleteWorker({ sequelize }: Mediasdb, name: string): Promise<void> {
  await sequelize.query('DELETE FROM worker WHERE name = $name', { bind: { name }, type: QueryTypes.DELETE })
}
