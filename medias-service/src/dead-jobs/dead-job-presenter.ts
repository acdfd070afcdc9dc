import type { z } from 'zod'

import type { DeadJobRow, ListedDeadJobRow } from './dead-job-rows.ts'
import type { deadJobSchema } from './dead-job-schema.ts'

type DeadJob = z.output<typeof deadJobSchema>

/** The representation of a dead job. */
export function presentDeadJob({ payload, ...row }: DeadJobRow): DeadJob {
  return { ...presentListedDeadJob(row), payload }
}

/** The representation of a dead job in a list. */
export function presentListedDeadJob(row: ListedDeadJobRow): DeadJob {
  return {
    id: row.id,
    queue: row.routingKey,
    mediaId: row.mediaId,
    versionId: row.versionId,
    code: row.code,
    reason: row.reason,
    attempts: row.attempts,
    payload: null,
    failedAt: row.failedAt.toISOString(),
  }
}
