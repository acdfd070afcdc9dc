import { priorities } from '@likeness/media-jobs'

import type { Context } from '../context.ts'
import type { WorkerState } from './worker-rows.ts'

/** The current state of this worker, for its row. */
export async function workerState({
  workerMetrics,
  fleetSettings,
  pools,
  slots,
  startedAt,
}: Context): Promise<WorkerState> {
  const children = await Promise.all(priorities.map((priority) => pools[priority].residentBytes()))
  return {
    slots: slots.total(),
    busy: slots.busy(),
    paused: fleetSettings.current().paused,
    memoryBytes: children.reduce((sum, bytes) => sum + bytes, process.memoryUsage.rss()),
    done: workerMetrics.counted('done'),
    failed: workerMetrics.counted('failed'),
    startedAt,
  }
}
