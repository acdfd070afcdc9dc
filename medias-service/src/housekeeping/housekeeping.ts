import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import { findUnreferenced, forgetRetiredKeys } from '../blobs/blob-rows.ts'
import { deleteBytes, releaseBlobs } from '../blobs/release-blobs.ts'
import type { Context } from '../context.ts'
import { deleteOldDeadJobs, deleteSurplusMessages } from '../dead-jobs/dead-job-rows.ts'
import { MOST_MESSAGES } from '../dead-jobs/message-allowance.ts'
import { requeueSupportedJobs } from '../dead-jobs/requeue-dead-jobs.ts'
import { adoptRestoredEvents } from '../events/event-rows.ts'
import { deleteMediaRows, findExpiredTrash, lockMedia } from '../media/media-rows.ts'
import { enqueueRender, findForgottenVersions } from '../outbox/outbox-rows.ts'
import { forgetRegenerations } from '../regenerations/regeneration-rows.ts'
import { deleteOldAnswers, deleteOldEvents } from './old-rows.ts'
import { sweepStore } from './sweep-store.ts'
import { tidyRenditions } from './tidy-renditions.ts'

const EVERY_MS = 10 * 60_000
const BATCH = 100
/** Number of rows in a batch that deletes no files. */
const ROW_BATCH = 1_000
const DAY_MS = 86_400_000
/** Days for which operators can read a finished regeneration. */
const REGENERATION_DAYS = 90

/**
 * Finishes interrupted work, deletes expired trash, condemned blobs and abandoned files, and requeues dead jobs that an
 * older build did not support. Several services can run the same step at the same time.
 */
export function startHousekeeping(context: Context): BackgroundTask {
  // After a restore from a backup, streams need the events immediately. The other steps can wait for the next round.
  let selected: Partial<typeof allSteps> = { adoptEvents }
  let sweptAt = -Infinity
  return repeat({
    async work() {
      await runHousekeeping(context, selected)
      // The sweep lists every original, so it runs once a day.
      const isSweepDue = performance.now() - sweptAt >= DAY_MS
      if (isSweepDue) sweptAt = performance.now()
      selected = isSweepDue ? allSteps : steps
    },
    everyMs: EVERY_MS,
    onError: (error) => context.logger.error({ event: 'housekeeping.failed', error }),
  })
}

const steps = {
  adoptEvents,
  emptyTrash,
  deleteCondemned,
  releaseUnreferenced,
  enqueueForgotten,
  forgetAnswers,
  forgetEvents,
  forgetDeadJobs,
  forgetOldRegenerations,
  requeueSupportedJobs,
  forgetKeys,
  tidy,
}

const allSteps = { ...steps, sweepStore }

/** Runs every step once. A failed step is logged, and the next one follows. */
export async function runHousekeeping(context: Context, selected: Partial<typeof allSteps> = allSteps): Promise<void> {
  for (const [step, run] of Object.entries(selected)) {
    try {
      await run(context)
    } catch (error) {
      context.logger.warn({ event: 'housekeeping.failed', step, error })
    }
  }
}

async function adoptEvents({ mediasdb, logger }: Context): Promise<void> {
  const events = await adoptRestoredEvents(mediasdb)
  if (events > 0) logger.info({ event: 'events.restored', events })
}

/** Deletes media whose time in the trash has expired. */
export async function emptyTrash(context: Context): Promise<void> {
  const { mediasdb, environment, logger } = context
  for (const id of await findExpiredTrash(mediasdb, environment.TRASH_DAYS, BATCH)) {
    const blobIds = await mediasdb.transaction(async (unit) => {
      const media = await lockMedia(unit, id)
      // The media may have been restored meanwhile, and perhaps trashed again.
      const isExpired = media?.trashedAt && media.trashedAt.getTime() <= Date.now() - environment.TRASH_DAYS * DAY_MS
      return isExpired ? deleteMediaRows(unit, [id]) : undefined
    })
    if (!blobIds) continue
    logger.info({ event: 'media.deleted', mediaId: id, reason: 'trash-expired' })
    await releaseBlobs(context, blobIds)
  }
}

async function deleteCondemned(context: Context): Promise<void> {
  const order: [string, string][] = [['createdAt', 'ASC']]
  const condemned = await context.mediasdb.Blob.findAll({ where: { state: 'condemned' }, order, limit: BATCH })
  for (const blob of condemned) await deleteBytes(context, blob)
}

async function releaseUnreferenced(context: Context): Promise<void> {
  await releaseBlobs(context, await findUnreferenced(context.mediasdb, BATCH))
}

/**
 * Enqueues versions whose jobs were lost: all of them when the queues are empty (a backup was restored), otherwise a
 * batch, because their jobs may still be waiting. Enqueuing records an event, so each version is enqueued at most once a
 * day.
 */
async function enqueueForgotten({ mediasdb, queueDepths, logger }: Context): Promise<void> {
  const depths = await queueDepths.read()
  const limit = depths?.every(({ waiting }) => waiting === 0) ? Infinity : BATCH
  for (let enqueued = 0; enqueued < limit;) {
    const forgotten = await findForgottenVersions(mediasdb, BATCH)
    for (const version of forgotten) {
      await mediasdb.transaction((unit) => enqueueRender(unit, version))
      logger.warn({ event: 'version.asked-again', ...version })
    }
    if (forgotten.length < BATCH) return
    enqueued += forgotten.length
  }
}

/** Deletes responses stored for an Idempotency-Key, after a day. */
async function forgetAnswers({ mediasdb }: Context): Promise<void> {
  await deleteOldAnswers(mediasdb)
}

/** Deletes events after 30 days. */
async function forgetEvents({ mediasdb }: Context): Promise<void> {
  await deleteOldEvents(mediasdb)
}

/**
 * Deletes expired dead jobs, the stored ids of dead jobs that were requeued or discarded, and the messages above the limit
 * that are not jobs.
 */
async function forgetDeadJobs({ mediasdb, environment, logger }: Context): Promise<void> {
  while ((await deleteOldDeadJobs(mediasdb, environment.DEAD_JOB_DAYS, ROW_BATCH)) > 0);
  let surplus = 0
  for (let deleted = ROW_BATCH; deleted === ROW_BATCH; surplus += deleted) {
    deleted = await deleteSurplusMessages(mediasdb, MOST_MESSAGES, ROW_BATCH)
  }
  if (surplus > 0) logger.warn({ event: 'dead-messages.deleted', surplus })
}

async function forgetOldRegenerations({ mediasdb }: Context): Promise<void> {
  const batch = { days: REGENERATION_DAYS, limit: ROW_BATCH }
  while ((await forgetRegenerations(mediasdb, batch)) === batch.limit);
}

/** Deletes the rows of retired keys. */
async function forgetKeys({ mediasdb }: Context): Promise<void> {
  await forgetRetiredKeys(mediasdb)
}

/** Deletes condemned renditions. */
async function tidy(context: Context): Promise<void> {
  await tidyRenditions(context, BATCH)
}
