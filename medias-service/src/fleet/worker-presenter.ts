import type { WorkerRow } from './job-stats-rows.ts'

/** The representation of a worker. */
export const presentWorker = ({ startedAt, seenAt, ...worker }: WorkerRow) => ({
  ...worker,
  startedAt: startedAt.toISOString(),
  seenAt: seenAt.toISOString(),
})
