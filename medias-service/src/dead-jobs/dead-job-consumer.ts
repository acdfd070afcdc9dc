import { consumeDead } from '@likeness/media-jobs'
import type { BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { storeDeadJob } from './store-dead-job.ts'

const STOP_MS = 5_000

/** Moves the messages of `media.jobs.dead` into the table `dead_job`. */
export function startDeadJobConsumer(context: Context): BackgroundTask {
  const consumer = consumeDead(context.broker, { handle: (dead) => storeDeadJob(context, dead) })
  return { stop: () => consumer.stop(STOP_MS) }
}
