import { routingKeys, type QueueDepths } from '@likeness/media-jobs'
import type { Mediasdb } from '@likeness/mediasdb'
import type { Metrics } from '@likeness/service-kit/process'
import { Gauge } from 'prom-client'

import { readJobCounts } from './job-stats-rows.ts'

/** Registers what Prometheus is told of the queues: every figure is read when it is asked for, and NaN when it cannot be. */
export function registerJobMetrics(registry: Metrics, mediasdb: Mediasdb, queueDepths: QueueDepths): void {
  const counts = together(() => readJobCounts(mediasdb).catch(() => null))
  const depths = together(() => queueDepths.read())

  new Gauge({
    name: 'job_queue_messages',
    help: 'Jobs at the broker, by queue: waiting for a worker, or retrying (waiting for their next try).',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      const read = await depths()
      for (const queue of routingKeys) {
        const depth = read?.find((one) => one.queue === queue)
        this.set({ queue, state: 'waiting' }, depth?.waiting ?? Number.NaN)
        this.set({ queue, state: 'retrying' }, depth?.retrying ?? Number.NaN)
      }
    },
  })
  new Gauge({
    name: 'job_queue_oldest_seconds',
    help: 'How long what is oldest and not finished has waited, by queue; 0 when nothing waits.',
    labelNames: ['queue'],
    registers: [registry],
    async collect() {
      const read = await counts()
      for (const queue of routingKeys) this.set({ queue }, read ? (read.oldestSeconds[queue] ?? 0) : Number.NaN)
    },
  })
  new Gauge({
    name: 'outbox_oldest_seconds',
    help: 'The age of the oldest message that waits in the outbox; 0 when none does.',
    registers: [registry],
    async collect() {
      const read = await counts()
      this.set(read ? (read.outboxSeconds ?? 0) : Number.NaN)
    },
  })
  new Gauge({
    name: 'dead_jobs',
    help: 'Jobs that will not be tried again by themselves.',
    registers: [registry],
    async collect() {
      this.set((await counts())?.dead ?? Number.NaN)
    },
  })
}

/** The gauges of one scrape are collected at once, and share what is read for the first of them. */
function together<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined
  return () => (reading ??= read().finally(() => (reading = undefined)))
}
