import { routingKeys } from '@likeness/media-jobs'
import { readFleet } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import type { JobStatsAnswer, WorkerAnswer } from './fleet-schema.ts'
import { countUnfinished, listWorkers, readJobCounts, type WorkerRow } from './job-stats-rows.ts'

/** Everything about jobs on one page. What the broker alone knows is null while it is away. */
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
    queues: routingKeys.map((queue) => {
      const depth = depths?.find((one) => one.queue === queue)
      const seconds = counts.oldestSeconds[queue]
      return {
        queue,
        waiting: depth?.waiting ?? null,
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

function presentWorker(row: WorkerRow): WorkerAnswer {
  return {
    name: row.name,
    slots: row.slots,
    busy: row.busy,
    paused: row.paused,
    memoryBytes: row.memory_bytes,
    done: row.done,
    failed: row.failed,
    startedAt: row.started_at.toISOString(),
    seenAt: row.seen_at.toISOString(),
  }
}
