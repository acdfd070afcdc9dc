import type { BackgroundTask } from '@likeness/service-kit/process'

import { startSettling } from './blobs/settle-bytes.ts'
import type { Context } from './context.ts'
import { startDeadJobConsumer } from './dead-jobs/dead-job-consumer.ts'
import { startRequeueOfSupportedJobs } from './dead-jobs/requeue-supported-jobs.ts'
import { startHousekeeping } from './housekeeping/housekeeping.ts'
import { startSweepingWriters } from './housekeeping/sweep-writers.ts'
import { startFreeingRetries } from './outbox/free-retries.ts'
import { startRelay } from './outbox/relay.ts'
import { startPresets } from './presets/follow-presets.ts'
import { startEnqueueing } from './regenerations/enqueue-regenerations.ts'

/** Starts the background tasks. */
export function startBackground(context: Context): BackgroundTask {
  const tasks = [
    startRelay(context),
    startFreeingRetries(context),
    startDeadJobConsumer(context),
    startRequeueOfSupportedJobs(context),
    startHousekeeping(context),
    startSettling(context),
    startSweepingWriters(context),
    startPresets(context),
    startEnqueueing(context),
  ]
  return { stop: async () => void (await Promise.all(tasks.map((task) => task.stop()))) }
}
