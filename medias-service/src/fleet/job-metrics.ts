import { priorities, type QueueDepths } from '@likeness/media-jobs'
import type { Mediasdb } from '@likeness/mediasdb'
import { registerOutboxMetrics, type Metrics, type OutboxOutcome } from '@likeness/service-kit/process'
import { Gauge } from 'prom-client'

import { readJobCounts } from './job-stats-rows.ts'

/** Counts an attempt to publish a job of the outbox. */
export type CountDelivery = (kind: 'job', outcome: OutboxOutcome) => void

/**
 * Registers the metrics of the queues and of the outbox. Each is read when it is scraped, and is NaN if it cannot be read.
 */
export function registerJobMetrics(registry: Metrics, mediasdb: Mediasdb, queueDepths: QueueDepths): CountDelivery {
  const counts = sharedRead(() => readJobCounts(mediasdb).catch(() => null))
  const depths = sharedRead(() => queueDepths.read())

  new Gauge({
    name: 'likeness_job_queue_messages',
    help: 'Jobs by queue and state: waiting for a worker, in the outbox or at the broker, or waiting for a retry.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      const [read, counted] = await Promise.all([depths(), counts()])
      for (const queue of priorities) {
        const depth = read?.find((one) => one.queue === queue)
        this.set(
          { queue, state: 'waiting' },
          depth && counted ? depth.waiting + counted.unpublished[queue] : Number.NaN,
        )
        this.set({ queue, state: 'retrying' }, depth?.retrying ?? Number.NaN)
      }
    },
  })
  new Gauge({
    name: 'likeness_job_queue_oldest_seconds',
    help: 'Age of the oldest unfinished job, by queue; 0 if there is none.',
    labelNames: ['queue'],
    registers: [registry],
    async collect() {
      const read = await counts()
      for (const queue of priorities) this.set({ queue }, read ? (read.oldestSeconds[queue] ?? 0) : Number.NaN)
    },
  })
  new Gauge({
    name: 'likeness_dead_jobs',
    help: 'Dead jobs, which are not retried automatically.',
    registers: [registry],
    async collect() {
      this.set((await counts())?.dead ?? Number.NaN)
    },
  })
  return registerOutboxMetrics(registry, {
    kinds: ['job'],
    async read() {
      const read = await counts()
      if (!read) throw new Error('The outbox cannot be read')
      return { job: { waiting: read.outbox, oldestSeconds: read.outboxSeconds ?? 0 } }
    },
  })
}

/** All gauges of one scrape share one read. */
function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined
  return () => (reading ??= read().finally(() => (reading = undefined)))
}
