import type { DeadJob } from '@likeness/media-jobs'
import { settleCurrentVersion } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { lockMediaRow } from '../media/media-rows.ts'
import { failDemand } from '../regenerations/regeneration-rows.ts'
import { failVersion, insertDeadJob } from './bury-rows.ts'

/** Contracts that another build may understand: the job failed, its version did not. */
export const UNKNOWN_CONTRACT = 'unknown-contract'

const noAttempts = { attempts: 0, starts: [] }

/**
 * Keeps a job that will not be tried again, and fails its version, unless that is ready, and what its regeneration has
 * wants of it, in one transaction. Once, however often it comes, and not again after it was requeued or discarded.
 */
export async function buryJob({ mediasdb, logger }: Context, dead: DeadJob): Promise<void> {
  const { job, code, reason } = dead
  const isNew = await mediasdb.transaction(async (unit) => {
    // Whoever requeues the same job at this moment has the media locked.
    if (job) await lockMediaRow(unit, job.mediaId)
    if (!(await insertDeadJob(unit, dead))) return false
    if (!job || code === UNKNOWN_CONTRACT) return true
    const failed = await failVersion(unit, job, dead)
    if (failed) await settleCurrentVersion(unit, job.mediaId)
    // The next job of a version that stayed ready begins with none of the starts that this one did not finish.
    else await unit.MediaVersion.update(noAttempts, { where: { id: job.versionId, status: 'ready' } })
    await failDemand(unit, job, dead)
    return true
  })
  if (isNew) logger.warn({ event: 'job.dead', mediaId: job?.mediaId, versionId: job?.versionId, code, reason })
}
