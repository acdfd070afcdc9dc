import type { z } from 'zod'

import type { DeadJobRow } from './dead-job-rows.ts'
import type { deadJobSchema } from './dead-job-schema.ts'

/** The representation of a dead job. */
export function presentDeadJob(row: DeadJobRow): z.output<typeof deadJobSchema> {
  return {
    id: row.id,
    queue: row.routingKey,
    mediaId: row.mediaId,
    versionId: row.versionId,
    code: row.code,
    reason: row.reason,
    attempts: row.attempts,
    payload: row.payload,
    failedAt: row.failedAt.toISOString(),
  }
}
