import type { DeadJob } from '@likeness/media-jobs'
import { settleCurrentVersion } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { lockMediaRow } from '../media/media-rows.ts'
import { failVersion, insertDeadJob } from './bury-rows.ts'

/** Contracts that another build may understand: the job failed, its version did not. */
export const UNKNOWN_CONTRACT = 'unknown-contract'

/**
 * Keeps a job that will not be tried again, and fails its version, in one transaction. Once, however often it comes, and
 * not again after it was requeued or discarded.
 */
export async function buryJob({ database, mediasdb, logger }: Context, dead: DeadJob): Promise<void> {
  const { job, code, reason } = dead
  const isNew = await database.transaction(async (transaction) => {
    // Whoever requeues the same job at this moment has the media locked.
    if (job) await lockMediaRow(mediasdb, job.mediaId, transaction)
    if (!(await insertDeadJob(mediasdb, dead, transaction))) return false
    if (job && code !== UNKNOWN_CONTRACT && (await failVersion(mediasdb, job, dead, transaction))) {
      await settleCurrentVersion(mediasdb.sequelize, job.mediaId, transaction)
    }
    return true
  })
  if (isNew) logger.warn({ event: 'job.dead', mediaId: job?.mediaId, versionId: job?.versionId, code, reason })
}
