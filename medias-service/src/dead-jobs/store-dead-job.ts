import type { DeadJob } from '@likeness/media-jobs'
import { settleCurrentVersion } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { lockMediaRow } from '../media/media-rows.ts'
import { failRegenerationJob } from '../regenerations/regeneration-rows.ts'
import { failVersion, insertDeadJob } from './store-dead-job-rows.ts'

/** A contract version that another build may support: the job is dead, but its version has not failed. */
export const UNKNOWN_CONTRACT = 'unknown-contract'

const noAttempts = { attempts: 0, starts: [] }

/**
 * Stores a dead job. In the same transaction its version fails, unless it is ready, and so does the version's part in
 * the regeneration that requested it. Repeated deliveries of the message change nothing, also after the dead job was
 * requeued or discarded.
 */
export async function storeDeadJob({ mediasdb, logger }: Context, dead: DeadJob): Promise<void> {
  const { job, code, reason } = dead
  const isNew = await mediasdb.transaction(async (unit) => {
    // Waits for a request that is requeueing the same job: it has the media locked.
    if (job) await lockMediaRow(unit, job.mediaId)
    if (!(await insertDeadJob(unit, dead))) return false
    if (!job || code === UNKNOWN_CONTRACT) return true
    const failed = await failVersion(unit, job, dead)
    if (failed) await settleCurrentVersion(unit, job.mediaId)
    // The next job of a version that stays ready must not inherit this job's unfinished starts.
    else await unit.MediaVersion.update(noAttempts, { where: { id: job.versionId, status: 'ready' } })
    await failRegenerationJob(unit, job, dead)
    return true
  })
  if (isNew) logger.warn({ event: 'job.dead', mediaId: job?.mediaId, versionId: job?.versionId, code, reason })
}
