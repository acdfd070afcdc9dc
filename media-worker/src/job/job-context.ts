import type { Preset } from '@likeness/media-jobs'

import type { Context } from '../context.ts'
import type { RenderPool } from '../render/render-pool.ts'
import type { Timed } from '../stages.ts'
import type { WorkerMetrics } from '../worker-metrics.ts'

/** What one job works with: the worker's, and what is its own from its start to its end. */
export interface JobContext extends Omit<Context, 'workerMetrics'> {
  /** Those in force when it began. */
  presets: readonly Preset[]
  pool: Pick<RenderPool, 'render'>
  workerMetrics: WorkerMetrics & { timed: Timed }
  /** Called when its picture is rendered: what is left of it takes no slot. */
  onRendered(): void
}
