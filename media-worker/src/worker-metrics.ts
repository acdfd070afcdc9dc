import { priorities, priorityOf, type Priority, type RoutingKey } from '@likeness/media-jobs'
import type { Metrics } from '@likeness/service-kit/process'
import { Counter, Gauge, Histogram } from 'prom-client'

import type { RenderPool } from './render/render-pool.ts'
import type { Slots } from './render/slots.ts'
import type { Stage } from './stages.ts'

type JobOutcome = 'done' | 'done-already' | 'gone' | 'cancelled' | 'retried' | 'failed' | 'requeued'

export interface WorkerMetrics {
  count(outcome: JobOutcome): void
  /** Number of jobs with this outcome since the start. */
  counted(outcome: JobOutcome): number
  observeStage(stage: Stage, seconds: number): void
  /** Records how long a version was queued before its first start. */
  observeAge(routingKey: RoutingKey, seconds: number): void
  countSource(source: { pixels: number; bytes: number }): void
  countRenditions(bytes: number): void
  countRestart(priority: Priority): void
}

/** The worker's own metrics; docs/operations.md lists them. */
export function createWorkerMetrics(registry: Metrics): WorkerMetrics {
  const registers = [registry]
  const outcomes = new Map<JobOutcome, number>()
  const jobs = new Counter({
    name: 'likeness_worker_jobs_total',
    help: 'Jobs of this worker, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const stages = new Histogram({
    name: 'likeness_worker_stage_duration_seconds',
    help: 'Duration of the stages of a job.',
    labelNames: ['stage'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  const ages = new Histogram({
    name: 'likeness_worker_job_age_seconds',
    help: 'Seconds from the queueing of a version to the first start of its job, by queue.',
    labelNames: ['queue'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600],
    registers,
  })
  const pixels = new Counter({
    name: 'likeness_worker_source_pixels_total',
    help: 'Pixels of the rendered sources.',
    registers,
  })
  const sourceBytes = new Counter({
    name: 'likeness_worker_source_bytes_total',
    help: 'Bytes of the rendered sources.',
    registers,
  })
  const renditionBytes = new Counter({
    name: 'likeness_worker_rendition_bytes_total',
    help: 'Bytes of the stored renditions.',
    registers,
  })
  const restarts = new Counter({
    name: 'likeness_worker_render_process_restarts_total',
    help: 'Render processes that crashed or were killed and were replaced, by queue.',
    labelNames: ['queue'],
    registers,
  })
  return {
    count: (outcome) => {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      jobs.inc({ outcome })
    },
    counted: (outcome) => outcomes.get(outcome) ?? 0,
    observeStage: (stage, seconds) => stages.observe({ stage }, seconds),
    observeAge: (routingKey, seconds) => ages.observe({ queue: priorityOf(routingKey) }, seconds),
    countSource: (source) => {
      pixels.inc(source.pixels)
      sourceBytes.inc(source.bytes)
    },
    countRenditions: (bytes) => renditionBytes.inc(bytes),
    countRestart: (queue) => restarts.inc({ queue }),
  }
}

/** Registers the metrics whose values are read at each scrape. */
export function registerGauges(
  registry: Metrics,
  { slots, pools, isPaused }: { slots: Slots; pools: Record<Priority, RenderPool>; isPaused: () => boolean },
): void {
  const register = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  }
  register('likeness_worker_slots', 'Slots of this worker.', () => slots.total())
  register('likeness_worker_slots_busy', 'Slots that are rendering a picture.', () => slots.busy())
  register('likeness_worker_paused', '1 if this worker is paused, otherwise 0.', () => (isPaused() ? 1 : 0))
  new Counter({
    name: 'likeness_worker_slot_busy_seconds_total',
    help: 'Busy seconds of all slots together. The rate of this counter, divided by likeness_worker_slots, is the utilisation.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(slots.busySeconds())
    },
  })
  new Gauge({
    name: 'likeness_worker_render_processes',
    help: 'Render processes, by queue.',
    labelNames: ['queue'],
    registers: [registry],
    collect() {
      for (const queue of priorities) this.set({ queue }, pools[queue].processes())
    },
  })
  new Gauge({
    name: 'likeness_worker_resident_bytes',
    help: 'Resident memory of the worker itself and of its render processes by queue.',
    labelNames: ['process'],
    registers: [registry],
    async collect() {
      this.set({ process: 'worker' }, process.memoryUsage.rss())
      for (const queue of priorities) this.set({ process: queue }, await pools[queue].residentBytes())
    },
  })
}
