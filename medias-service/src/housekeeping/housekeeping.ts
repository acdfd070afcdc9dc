import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import { findUnreferenced } from '../blobs/blob-rows.ts'
import { deleteBytes, releaseBlobs } from '../blobs/release-blobs.ts'
import type { Context } from '../context.ts'
import { deleteOldDeadJobs } from '../dead-jobs/dead-job-rows.ts'
import { requeueUnderstoodJobs } from '../dead-jobs/requeue-dead-jobs.ts'
import { adoptRestoredEvents } from '../events/event-rows.ts'
import { deleteMediaRows, findExpiredTrash, lockMedia } from '../media/media-rows.ts'
import { enqueueRender, findForgottenVersions } from '../outbox/outbox-rows.ts'
import { forgetRegenerations } from '../regenerations/regeneration-rows.ts'
import { deleteOldAnswers, deleteOldEvents } from './old-rows.ts'
import { sweepStore } from './sweep-store.ts'
import { tidyRenditions } from './tidy-renditions.ts'

const EVERY_MS = 10 * 60_000
const BATCH = 100
/** Rows alone, which take no files with them. */
const MANY = 1_000
const DAY_MS = 86_400_000
/** So long an operator may want to know what a regeneration did. */
const REGENERATION_DAYS = 90

/**
 * Finishes what a fault left unfinished and removes what has had its time: trash, condemned blobs, files that nobody
 * took over; requeues jobs that only this build can read. Every step may run in several services at once.
 */
export function startHousekeeping(context: Context): BackgroundTask {
  // Whoever has just restored a backup expects its events at once; everything else can wait.
  let some: Partial<typeof steps> = { adoptEvents }
  return repeat({
    async work() {
      await keepHouse(context, some)
      some = steps
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
  askAgain,
  forgetAnswers,
  forgetEvents,
  forgetDeadJobs,
  forgetOldRegenerations,
  requeueUnderstoodJobs,
  tidy,
  sweepStore,
}

/** Every step once; one that fails keeps no other. */
export async function keepHouse(context: Context, some: Partial<typeof steps> = steps): Promise<void> {
  for (const [step, run] of Object.entries(some)) {
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

/** Media whose days in the trash are over. */
export async function emptyTrash(context: Context): Promise<void> {
  const { mediasdb, environment, logger } = context
  for (const id of await findExpiredTrash(mediasdb, environment.TRASH_DAYS, BATCH)) {
    const blobIds = await mediasdb.transaction(async (unit) => {
      const media = await lockMedia(unit, id)
      // Restored meanwhile, and perhaps trashed anew.
      const isOver = media?.trashedAt && media.trashedAt.getTime() <= Date.now() - environment.TRASH_DAYS * DAY_MS
      return isOver ? deleteMediaRows(unit, [id]) : undefined
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
 * Versions whose jobs got lost: all of them where no queue has any (a backup was restored), else a few, for those of the
 * others may still be waiting. Asking is itself an event: once a day at the most.
 */
async function askAgain({ mediasdb, queueDepths, logger }: Context): Promise<void> {
  const depths = await queueDepths.read()
  const limit = depths?.every(({ waiting }) => waiting === 0) ? Infinity : BATCH
  for (let asked = 0; asked < limit;) {
    const forgotten = await findForgottenVersions(mediasdb, BATCH)
    for (const version of forgotten) {
      await mediasdb.transaction((unit) => enqueueRender(unit, version))
      logger.warn({ event: 'version.asked-again', ...version })
    }
    if (forgotten.length < BATCH) return
    asked += forgotten.length
  }
}

/** Answers kept for an Idempotency-Key, after their day. */
async function forgetAnswers({ mediasdb }: Context): Promise<void> {
  await deleteOldAnswers(mediasdb)
}

/** Events, after a month: whoever follows them is long past. */
async function forgetEvents({ mediasdb }: Context): Promise<void> {
  await deleteOldEvents(mediasdb)
}

/** Dead jobs that nobody has cared for, and the ids of those that somebody has. */
async function forgetDeadJobs({ mediasdb, environment }: Context): Promise<void> {
  while ((await deleteOldDeadJobs(mediasdb, environment.DEAD_JOB_DAYS, MANY)) > 0);
}

async function forgetOldRegenerations({ mediasdb }: Context): Promise<void> {
  const some = { days: REGENERATION_DAYS, most: MANY }
  while ((await forgetRegenerations(mediasdb, some)) === some.most);
}

/** Renditions that no size names any more. */
async function tidy(context: Context): Promise<void> {
  await tidyRenditions(context, BATCH)
}
