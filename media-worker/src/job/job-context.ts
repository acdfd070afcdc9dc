import type { Preset } from '@likeness/media-jobs'

import type { Context } from '../context.ts'
import type { RenderPool } from '../render/render-pool.ts'
import type { Timed } from '../stages.ts'
import type { WorkerMetrics } from '../worker-metrics.ts'

/** The worker's context, with the parts that belong to one job. */
export interface JobContext extends Omit<Context, 'workerMetrics'> {
  /** The presets in force when the job began. */
  presets: readonly Preset[]
  pool: Pick<RenderPool, 'render'>
  workerMetrics: WorkerMetrics & { timed: Timed }
  /** Called when the picture is rendered: the rest of the job needs no slot. */
  onRendered(): void
}
