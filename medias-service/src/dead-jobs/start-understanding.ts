import type { BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { requeueUnderstoodJobs } from './requeue-dead-jobs.ts'

/** What this build can read and the one before could not goes back at the start; housekeeping sees to the rest. */
export function startUnderstanding(context: Context): BackgroundTask {
  const once = requeueUnderstoodJobs(context).catch((error: unknown) =>
    context.logger.warn({ event: 'dead-jobs.not-requeued', error }),
  )
  return { stop: () => once }
}
