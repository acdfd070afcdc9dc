import { TransientError, type DeadJob } from '@likeness/media-jobs'
import { settleCurrentVersion } from '@likeness/mediasdb'
import { isDatabaseUnavailable } from '@likeness/postgres'

import type { Context } from '../context.ts'
import { lockMediaRow } from '../media/media-rows.ts'
import { failRegenerationJob } from '../regenerations/regeneration-rows.ts'
import { failVersion, insertDeadJob } from './store-dead-job-rows.ts'

/** The code of a job whose contract version another build may support: the job is dead, but its version has not failed. */
export const UNKNOWN_CONTRACT = 'unknown-contract'

const noAttempts = { attempts: 0, starts: [] }

/** After as many failures, the cause may be a text of the message. */
const WHOLE_TRIES = 2

/**
 * Stores a dead job. The same transaction fails its version, unless the version is ready, and records the failure in the
 * regeneration that requested the job. A repeated delivery of the message changes nothing, even after the dead job was
 * requeued or discarded.
 *
 * @param failures number of earlier failures to store this message; after two, the texts of the message are omitted
 * @throws TransientError when the database is unavailable
 */
export async function storeDeadJob(context: Context, dead: DeadJob, failures = 0): Promise<void> {
  try {
    await store(context, failures < WHOLE_TRIES ? dead : withoutTexts(dead))
  } catch (error) {
    throw isDatabaseUnavailable(error) ? new TransientError('The database is unavailable', { cause: error }) : error
  }
}

async function store({ mediasdb, logger }: Context, dead: DeadJob): Promise<void> {
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

/** The dead job without any text that its sender chose. */
function withoutTexts(dead: DeadJob): DeadJob {
  const code = /^[a-z]+(-[a-z]+)*$/.test(dead.code) ? dead.code : 'invalid-job'
  const reduced = { ...dead, code, reason: 'The reason could not be stored.', attempts: [] }
  return reduced.isJob ? reduced : { ...reduced, payload: { ...reduced.payload, text: '' } }
}
