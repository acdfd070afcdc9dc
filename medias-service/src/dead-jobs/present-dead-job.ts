import type { DeadJobRow } from './dead-job-rows.ts'

export const presentDeadJob = (row: DeadJobRow) => ({
  id: row.id,
  queue: row.routing_key,
  mediaId: row.media_id,
  versionId: row.version_id,
  code: row.code,
  reason: row.reason,
  attempts: row.attempts,
  payload: row.payload,
  failedAt: row.failed_at.toISOString(),
})
