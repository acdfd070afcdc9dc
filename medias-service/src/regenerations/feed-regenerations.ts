import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { listRunning } from './regeneration-rows.ts'
import { stepRegeneration } from './step-regeneration.ts'

/** How often regenerations are looked at: a fleet takes longer for what is on its way. */
const LOOK_EVERY_MS = 500
/** Between two steps of one that has more to do, so that a large library leaves the database to others. */
const PAUSE_MS = 50

/** Where no queue has a job of bulk's, what is not in a worker's hands is lost. */
const PATIENCE_MS = 2 * 60_000
/** Where one has, it may be what is waited for: longer than the longest wait before another try. */
const LONG_PATIENCE_MS = 15 * 60_000
const COUNT_QUEUES_EVERY_MS = 5_000

/**
 * Keeps every regeneration going that runs. Any number of services may: of each, one at a time takes a step, and the
 * others pass it over.
 */
export function startFeeding(context: Context): BackgroundTask {
  const { logger, mediasdb } = context
  const patience = patienceBy(context)

  /** @returns milliseconds until the next look. */
  async function stepEach(stopping: AbortSignal): Promise<number> {
    let goesOn = false
    for (const { id, stillMs } of await listRunning(mediasdb)) {
      if (stopping.aborted) return LOOK_EVERY_MS
      const patienceMs = stillMs > PATIENCE_MS ? await patience() : Number.POSITIVE_INFINITY
      // One that cannot be fed holds up none of those behind it.
      const outcome = await stepRegeneration(context, id, { patienceMs }).catch((error: unknown) => {
        logger.warn({ event: 'regeneration.not-fed', regenerationId: id, error })
      })
      if (outcome === 'goes-on') goesOn = true
    }
    return goesOn ? PAUSE_MS : LOOK_EVERY_MS
  }

  return repeat({
    work: stepEach,
    everyMs: LOOK_EVERY_MS,
    onError: (error) => logger.warn({ event: 'regenerations.not-fed', error }),
  })
}

/** What is not published yet is not lost: while there is any, or the broker is away, there is no end to the patience. */
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
