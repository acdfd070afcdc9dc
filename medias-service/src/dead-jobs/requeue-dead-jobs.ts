import { problems, type Problem } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { mediaProblems } from '../problems.ts'
import { findDeadJobsAfter, readClock, type DeadJobPlace } from './dead-job-rows.ts'
import { ofKnownPreset, type DeadJobFilter } from './dead-job-schema.ts'
import { requeueBatch, type Requeued } from './requeue-batch.ts'
import { UNKNOWN_CONTRACT } from './store-dead-job.ts'

/** Number of dead jobs in one transaction, which takes about 20 ms and locks their media. */
const BATCH = 200

/** @throws {Problem} 404; 409 `media-gone`, `trashed`, `not-a-job`, `unknown-contract`. */
export async function requeueDeadJob(context: Context, id: string): Promise<{ requeued: number }> {
  const outcomes = await requeueBatch(context, [id])
  const outcome = outcomes.get(id) ?? 'gone'
  if (outcome !== 'requeued') throw refusals[outcome]()
  context.logger.info({ event: 'dead-jobs.requeued', deadJobId: id, requeued: 1 })
  return { requeued: 1 }
}

const refusals: Record<Exclude<Requeued, 'requeued'>, () => Problem> = {
  gone: () => problems.notFound('dead job'),
  'media-gone': mediaProblems.mediaGone,
  trashed: mediaProblems.trashed,
  'not-a-job': mediaProblems.notAJob,
  'unknown-contract': mediaProblems.unknownContract,
}

/**
 * Requeues every dead job that matches a filter and can be requeued, in batches, the oldest first. Jobs that become dead
 * after the start of the call are skipped, so that the loop ends. After an interruption, another call requeues the rest.
 */
export async function requeueDeadJobs(context: Context, filter: DeadJobFilter): Promise<{ requeued: number }> {
  const { mediasdb, presets, logger } = context
  const within = ofKnownPreset(filter, presets)
  const until = await readClock(mediasdb)
  let requeued = 0
  let after: DeadJobPlace | undefined
  do {
    const batch = await findDeadJobsAfter(mediasdb, within, { after, until, limit: BATCH })
    const outcomes = await requeueBatch(
      context,
      batch.map(({ id }) => id),
    )
    requeued += [...outcomes.values()].filter((outcome) => outcome === 'requeued').length
    after = batch.length === BATCH ? batch.at(-1) : undefined
  } while (after)
  if (requeued > 0) logger.info({ event: 'dead-jobs.requeued', filter, requeued })
  return { requeued }
}

/**
 * Requeues dead jobs whose contract version an older build did not support, and this build does. Jobs are not requeued as
 * soon as they are dead, because a remaining worker of the older build would reject them again.
 */
export async function requeueSupportedJobs(context: Context): Promise<void> {
  await requeueDeadJobs(context, { code: UNKNOWN_CONTRACT })
}
