import type { WorkerAnswer } from './fleet-schema.ts'
import type { WorkerRow } from './job-stats-rows.ts'

/** The representation of a worker. */
export function presentWorker({ startedAt, seenAt, ...worker }: WorkerRow): WorkerAnswer {
  return { ...worker, startedAt: startedAt.toISOString(), seenAt: seenAt.toISOString() }
}
