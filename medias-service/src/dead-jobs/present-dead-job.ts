import type { z } from 'zod'

import type { DeadJobRow } from './dead-job-rows.ts'
import type { deadJobSchema } from './dead-job-schema.ts'

export function presentDeadJob(row: DeadJobRow): z.output<typeof deadJobSchema> {
  return {
    id: row.id,
    queue: row.routing_key,
    mediaId: row.media_id,
    versionId: row.version_id,
    code: row.code,
    reason: row.reason,
    attempts: row.attempts,
    payload: row.payload,
    failedAt: row.failed_at.toISOString(),
  }
}
