import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { listRunning } from './regeneration-rows.ts'
import { stepRegeneration } from './step-regeneration.ts'

/** Polling interval: shorter than the time that a fleet takes for a full window of in-flight jobs. */
const POLL_EVERY_MS = 500
/** Pause between two steps of a regeneration that has more to do, so that a large library does not load the database. */
const PAUSE_MS = 50

/** Time without progress after which jobs count as lost, if the bulk queue is empty. */
const PATIENCE_MS = 2 * 60_000
/** Time without progress if the bulk queue is not empty: longer than the longest delay before a retry. */
const LONG_PATIENCE_MS = 15 * 60_000
const COUNT_QUEUES_EVERY_MS = 5_000

/**
 * Advances every running regeneration. Several services can do this at the same time: a step locks its regeneration,
 * and the other services skip a locked one.
 */
export function startEnqueueing(context: Context): BackgroundTask {
  const { logger, mediasdb } = context
  const patience = patienceBy(context)

  /** @returns milliseconds until the next round. */
  async function stepEach(stopping: AbortSignal): Promise<number> {
    let hasMore = false
    for (const { id, stillMs } of await listRunning(mediasdb)) {
      if (stopping.aborted) return POLL_EVERY_MS
      const patienceMs = stillMs > PATIENCE_MS ? await patience() : Number.POSITIVE_INFINITY
      // A failed step must not block the other regenerations.
      const outcome = await stepRegeneration(context, id, { patienceMs }).catch((error: unknown) => {
        logger.warn({ event: 'regeneration.not-enqueued', regenerationId: id, error })
      })
      if (outcome === 'more') hasMore = true
    }
    return hasMore ? PAUSE_MS : POLL_EVERY_MS
  }

  return repeat({
    work: stepEach,
    everyMs: POLL_EVERY_MS,
    onError: (error) => logger.warn({ event: 'regenerations.not-enqueued', error }),
  })
}

/**
 * The time without progress after which jobs count as lost. It is unlimited while the outbox has rows or the broker is
 * unavailable, because unpublished jobs are not lost.
 */
function patienceBy({ mediasdb, publisher, queueDepths }: Context): () => Promise<number> {
  let longSince = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - longSince < COUNT_QUEUES_EVERY_MS) return LONG_PATIENCE_MS
    if (!publisher.isReady() || (await mediasdb.Outbox.count()) > 0) return Number.POSITIVE_INFINITY
    const depths = await queueDepths.read()
    const bulk = depths?.find(({ queue }) => queue === 'bulk')
    if (!bulk) return Number.POSITIVE_INFINITY
    if (bulk.waiting + bulk.retrying === 0) return PATIENCE_MS
    longSince = performance.now()
    return LONG_PATIENCE_MS
  }
}
