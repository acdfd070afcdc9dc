import { priorities } from '@likeness/media-jobs'
import { readFleet } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import type { JobStatsAnswer } from './fleet-schema.ts'
import { countUnfinished, listWorkers, readJobCounts } from './job-stats-rows.ts'
import { presentWorker } from './worker-presenter.ts'

/** The state of queues, workers and unfinished versions. The broker's figures are null while it is unavailable. */
export async function readJobStats({ mediasdb, queueDepths }: Context): Promise<JobStatsAnswer> {
  const [{ paused, slots }, depths, counts, versions, workers] = await Promise.all([
    readFleet(mediasdb),
    queueDepths.read(),
    readJobCounts(mediasdb),
    countUnfinished(mediasdb),
    listWorkers(mediasdb),
  ])
  return {
    paused,
    slots,
    queues: priorities.map((queue) => {
      const depth = depths?.find((one) => one.queue === queue)
      const seconds = counts.oldestSeconds[queue]
      return {
        queue,
        waiting: depth ? depth.waiting + counts.unpublished[queue] : null,
        retrying: depth?.retrying ?? null,
        oldestSeconds: seconds === null ? null : Math.round(seconds),
      }
    }),
    dead: counts.dead,
    outbox: counts.outbox,
    workers: workers.map(presentWorker),
    versions,
  }
}
