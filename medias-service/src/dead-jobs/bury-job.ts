import { settleCurrentVersion } from '@likeness/mediasdb'
import type { DeadJob } from '@likeness/media-jobs'

import type { Context } from '../context.ts'
import { failVersion, insertDeadJob } from './dead-job-rows.ts'

/** Contracts that a newer worker may understand: the job failed, its version did not. */
const WAITS_FOR_ANOTHER_WORKER = 'unknown-contract'

/** Keeps a job that will not be tried again, and fails its version, in one transaction. Once, however often it comes. */
export async function buryJob({ database, mediasdb, logger }: Context, dead: DeadJob): Promise<void> {
  await database.transaction(async (transaction) => {
    const isNew = await insertDeadJob(mediasdb, dead, transaction)
    if (!isNew || !dead.job || dead.code === WAITS_FOR_ANOTHER_WORKER) return
    const failed = await failVersion(mediasdb, dead.job, dead, transaction)
    if (failed) await settleCurrentVersion(mediasdb.sequelize, dead.job.mediaId, transaction)
  })
  logger.warn({
    event: 'job.dead',
    mediaId: dead.job?.mediaId,
    versionId: dead.job?.versionId,
    code: dead.code,
    reason: dead.reason,
  })
}
