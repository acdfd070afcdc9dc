import type { WorkerAnswer } from './fleet-schema.ts'
import type { WorkerRow } from './job-stats-rows.ts'

/** The representation of a worker. */
export function presentWorker(row: WorkerRow): WorkerAnswer {
  return {
    name: row.name,
    slots: row.slots,
    busy: row.busy,
    paused: row.paused,
    memoryBytes: row.memoryBytes,
    done: row.done,
    failed: row.failed,
    startedAt: row.startedAt.toISOString(),
    seenAt: row.seenAt.toISOString(),
  }
}
