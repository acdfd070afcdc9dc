import type { BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { requeueSupportedJobs } from './requeue-dead-jobs.ts'

/** At startup, requeues the dead jobs that an older build did not support. Housekeeping repeats this. */
export function startRequeueOfSupportedJobs(context: Context): BackgroundTask {
  const once = requeueSupportedJobs(context).catch((error: unknown) =>
    context.logger.warn({ event: 'dead-jobs.not-requeued', error }),
  )
  return { stop: () => once }
}
