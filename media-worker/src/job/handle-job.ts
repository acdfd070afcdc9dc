import { GivenBackError, PermanentError, type JobInHand } from '@likeness/media-jobs'

import type { Context } from '../context.ts'
import { renderVersion } from './render-version.ts'

/** Waits for a slot, renders with the presets of that moment, and counts the outcome. */
export async function handleJob(context: Context, inHand: JobInHand): Promise<void> {
  const { jobsInHand, logger, workerMetrics, orders, pools, slots } = context
  const { job, routingKey, stopping, letNextCome } = inHand
  const { versionId, mediaId } = job
  const { timed, end } = jobsInHand.begin({ versionId, routingKey })
  let release = (): void => undefined
  try {
    release = await timed('wait', slots.take(routingKey, stopping))
    const startedAt = performance.now()
    const { presets } = orders.current()
    if (!presets) throw new GivenBackError('This worker cannot read the presets')
    pools[routingKey].prepare()
    const onRendered = (): void => {
      release()
      letNextCome()
    }
    const own = { presets, pool: pools[routingKey], workerMetrics: { ...workerMetrics, timed }, onRendered }
    const outcome = await renderVersion({ ...context, ...own }, inHand)
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

function outcomeOf(error: unknown): 'failed' | 'given-back' | 'retried' {
  if (error instanceof PermanentError) return 'failed'
  return error instanceof GivenBackError ? 'given-back' : 'retried'
}
