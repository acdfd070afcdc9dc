import type { DeadJob } from '@likeness/media-jobs'
import { settleCurrentVersion } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { lockMediaRow } from '../media/media-rows.ts'
import { failRegenerationJob } from '../regenerations/regeneration-rows.ts'
import { failVersion, insertDeadJob } from './store-dead-job-rows.ts'

/** The code of a job whose contract version another build may support: the job is dead, but its version has not failed. */
export const UNKNOWN_CONTRACT = 'unknown-contract'

const noAttempts = { attempts: 0, starts: [] }

/**
 * Stores a dead job. The same transaction fails its version, unless the version is ready, and records the failure in the
 * regeneration that requested the job. A repeated delivery of the message changes nothing, even after the dead job was
 * requeued or discarded.
 */
export async function storeDeadJob({ mediasdb, logger }: Context, dead: DeadJob): Promise<void> {
  const { job, code, reason } = dead
  const isNew = await mediasdb.transaction(async (unit) => {
    // Waits for a request that is requeueing the same job, because it has locked the media.
    if (job) await lockMediaRow(unit, job.mediaId)
    if (!(await insertDeadJob(unit, dead))) return false
    if (!job || code === UNKNOWN_CONTRACT) return true
    const failed = await failVersion(unit, job, dead)
    if (failed) await settleCurrentVersion(unit, job.mediaId)
    // The version stays ready. Its next job must not inherit the unfinished starts of this job.
    else await unit.MediaVersion.update(noAttempts, { where: { id: job.versionId, status: 'ready' } })
    await failRegenerationJob(unit, job, dead)
    return true
  })
  if (isNew) logger.warn({ event: 'job.dead', mediaId: job?.mediaId, versionId: job?.versionId, code, reason })
}
