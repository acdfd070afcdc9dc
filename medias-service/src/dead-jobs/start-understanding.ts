import type { BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { requeueUnderstoodJobs } from './requeue-dead-jobs.ts'

/** Requeues, at the start, the dead jobs that only this build supports. Housekeeping does so again later. */
export function startUnderstanding(context: Context): BackgroundTask {
  const once = requeueUnderstoodJobs(context).catch((error: unknown) =>
    context.logger.warn({ event: 'dead-jobs.not-requeued', error }),
  )
  return { stop: () => once }
}
