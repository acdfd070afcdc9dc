import type { Metrics } from '@likeness/service-kit'
import { Counter, Gauge, Histogram } from 'prom-client'

type JobOutcome = 'done' | 'done-already' | 'gone' | 'retried' | 'failed' | 'given-back'
type Stage = 'wait' | 'render' | 'store' | 'commit'

export interface WorkerMetrics {
  count(outcome: JobOutcome): void
  /** Hands the promise on, and measures how long it took to settle. */
  timed<T>(stage: Stage, work: Promise<T>): Promise<T>
  countRestart(): void
}

/** The worker's own figures. `busy` says how many slots are taken at the moment of asking. */
export function createWorkerMetrics(registry: Metrics, slots: { total: number; busy: () => number }): WorkerMetrics {
  const jobs = new Counter({
    name: 'worker_jobs_total',
    help: 'Jobs that came to an end here, by outcome.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'worker_stage_duration_seconds',
    help: 'Seconds that a job spent in a stage.',
    labelNames: ['stage'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  })
  const restarts = new Counter({
    name: 'worker_render_process_restarts_total',
    help: 'Render processes that died or were killed, and were started anew.',
    registers: [registry],
  })
  new Gauge({
    name: 'worker_slots',
    help: 'Slots of this worker.',
    registers: [registry],
    collect() {
      this.set(slots.total)
    },
  })
  new Gauge({
    name: 'worker_slots_busy',
    help: 'Slots in which a job runs.',
    registers: [registry],
    collect() {
      this.set(slots.busy())
    },
  })
  return {
    count: (outcome) => jobs.inc({ outcome }),
    timed: async (stage, work) => {
      const end = seconds.startTimer({ stage })
      try {
        return await work
      } finally {
        end()
      }
    },
    countRestart: () => restarts.inc(),
  }
}
