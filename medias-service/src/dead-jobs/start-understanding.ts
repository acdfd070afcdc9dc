import type { BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { requeueUnderstoodJobs } from './requeue-dead-jobs.ts'

/** Requeues at startup the dead jobs that an older build did not support. Housekeeping repeats this. */
export function startUnderstanding(context: Context): BackgroundTask {
  const once = requeueUnderstoodJobs(context).catch((error: unknown) =>
    context.logger.warn({ event: 'dead-jobs.not-requeued', error }),
  )
  return { stop: () => once }
}
