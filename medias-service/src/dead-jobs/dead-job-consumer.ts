import { consumeDead, type DeadJob } from '@likeness/media-jobs'
import type { BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { storeDeadJob } from './store-dead-job.ts'

const STOP_MS = 5_000

/** Moves the messages of `media.jobs.dead` into the table `dead_job`. It drops messages above the allowance. */
export function startDeadJobConsumer(context: Context): BackgroundTask {
  const handle = async (dead: DeadJob, failures: number): Promise<void> => {
    const isStored = dead.isJob || failures > 0 || context.messageAllowance.take()
    if (isStored) await storeDeadJob(context, dead, failures)
  }
  const consumer = consumeDead(context.broker, { handle })
  return { stop: () => consumer.stop(STOP_MS) }
}
