import { priorityOf, RequeueError, PermanentError, type JobDelivery } from '@likeness/media-jobs'

import type { Context } from '../context.ts'
import { renderVersion } from './render-version.ts'

/** Waits for a slot, renders with the presets that are current after the wait, and counts the outcome. */
export async function handleJob(context: Context, delivery: JobDelivery): Promise<void> {
  const { jobsInFlight, logger, workerMetrics, fleetSettings, pools, slots } = context
  const { job, routingKey, stopping, prefetchNext } = delivery
  const { versionId, mediaId } = job
  const priority = priorityOf(routingKey)
  const { timed, end } = jobsInFlight.begin({ versionId, priority })
  let release = (): void => undefined
  try {
    release = await timed('wait', slots.acquire(routingKey, stopping))
    const startedAt = performance.now()
    const { presets } = fleetSettings.current()
    if (!presets) throw new RequeueError('This worker cannot read the presets')
    const pool = pools[priority]
    pool.prepare()
    const onRendered = (): void => {
      release()
      prefetchNext()
    }
    const own = { presets, pool, workerMetrics: { ...workerMetrics, timed }, onRendered }
    const outcome = await renderVersion({ ...context, ...own }, delivery)
    workerMetrics.count(outcome)
    logger.info({ event: 'job.done', outcome, mediaId, versionId, ms: Math.round(performance.now() - startedAt) })
  } catch (error) {
    workerMetrics.count(outcomeOf(error))
    throw error
  } finally {
    release()
    end()
  }
}

function outcomeOf(error: unknown): 'failed' | 'requeued' | 'retried' {
  if (error instanceof PermanentError) return 'failed'
  return error instanceof RequeueError ? 'requeued' : 'retried'
}
