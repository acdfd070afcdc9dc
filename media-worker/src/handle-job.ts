import { GivenBackError, PermanentError, type JobInHand } from '@likeness/media-jobs'
import type { WorkerContext } from './context.ts'
import { renderVersion } from './render-version.ts'

/** Waits for a slot, does the job, and tells how it went. */
export async function handleJob(context: WorkerContext, inHand: JobInHand): Promise<void> {
  const { job, routingKey, stopping } = inHand
  const release = await context.metrics.timed('wait', context.slots.take(routingKey, stopping))
  const startedAt = performance.now()
  try {
    const outcome = await renderVersion(context, inHand)
    context.metrics.count(outcome)
    const ms = Math.round(performance.now() - startedAt)
    context.logger.info({ event: 'job.done', outcome, mediaId: job.mediaId, versionId: job.versionId, ms })
  } catch (error) {
    context.metrics.count(outcomeOf(error))
    throw error
  } finally {
    release()
  }
}

function outcomeOf(error: unknown): 'failed' | 'given-back' | 'retried' {
  if (error instanceof PermanentError) return 'failed'
  return error instanceof GivenBackError ? 'given-back' : 'retried'
}
