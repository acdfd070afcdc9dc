import type { DeadJobRow } from './dead-job-rows.ts'

/** The representation of a dead job. */
export const presentDeadJob = (row: DeadJobRow) => ({
  id: row.id,
  queue: row.routingKey,
  mediaId: row.mediaId,
  versionId: row.versionId,
  code: row.code,
  reason: row.reason,
  attempts: row.attempts,
  payload: row.payload,
  failedAt: row.failedAt.toISOString(),
})
