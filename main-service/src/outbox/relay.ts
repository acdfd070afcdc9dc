import { createBell } from '@likeness/postgres'
import { repeat, type BackgroundTask, type Logger, type Metrics } from '@likeness/service-kit/process'
import { Counter, Gauge } from 'prom-client'

import type { Maindb } from '../maindb.ts'
import type { OutboxKind } from '../models/outbox.ts'
import { claimOutboxRows, measureOutbox, putOffOutboxRow, settleOutboxRow, type OutboxRow } from './outbox-rows.ts'

/**
 * Delivers one row: `done` and it is gone; `more` where it is to go on at once. What it throws puts the row off, to be
 * tried again for ever. It may run twice for the same row, and must come to the same.
 */
export type Delivery = (row: OutboxRow) => Promise<'done' | 'more'>

interface RelayOptions {
  maindb: Maindb
  /** Where PostgreSQL's notifications are listened for. */
  url: string
  logger: Logger
  metrics: Metrics
  /** What is of another kind is left to others. */
  deliveries: Partial<Record<OutboxKind, Delivery>>
}

/** Rows that are on their way at the same time: none waits for one that is slow. */
const AT_ONCE = 8
/** Longer than any delivery may take; a relay that died gives its rows back by it. */
const LEASE_SECONDS = 30
/** What a lost notification costs at the most. */
const POLL_MS = 2_000
const MOST_WAIT_SECONDS = 300

/** 2, 4, 8 … seconds, 5 minutes at the most, within a fifth of it, so that what failed together comes back apart. */
const backoffSeconds = (attempts: number) =>
  Math.min(MOST_WAIT_SECONDS, 2 ** Math.min(attempts, 10)) * (0.8 + 0.4 * Math.random())

/** Delivers what the outbox owes until it is stopped. Any number of relays may run: each leases its own rows. */
export function startRelay({ maindb, url, logger, metrics, deliveries }: RelayOptions): BackgroundTask {
  const delivered = measure(maindb, metrics)
  const bell = createBell(url, 'outbox', logger)
  const kinds = Object.keys(deliveries) as OutboxKind[]

  async function deliver(row: OutboxRow): Promise<void> {
    const { kind, subject, attempts } = row
    try {
      const outcome = await (deliveries[kind] as Delivery)(row)
      if (outcome === 'done') await settleOutboxRow(maindb, row)
      else await putOffOutboxRow(maindb, row, { seconds: 0, reason: null })
      delivered.inc({ kind, outcome })
    } catch (error) {
      delivered.inc({ kind, outcome: 'failed' })
      logger.warn({ event: 'outbox.not-delivered', kind, subject, attempts, error })
      const reason = error instanceof Error ? error.message : String(error)
      await putOffOutboxRow(maindb, row, { seconds: backoffSeconds(attempts), reason })
    }
  }

  const relaying = repeat({
    async work() {
      const rows = await claimOutboxRows(maindb, kinds, { limit: AT_ONCE, leaseSeconds: LEASE_SECONDS })
      await Promise.all(rows.map(deliver))
      return rows.length > 0 ? 0 : POLL_MS
    },
    everyMs: POLL_MS,
    bell,
    onError: (error) => logger.warn({ event: 'outbox.unreadable', error }),
  })
  return {
    async stop() {
      await relaying.stop()
      await bell.stop()
    },
  }
}

function measure(maindb: Maindb, metrics: Metrics): Counter<'kind' | 'outcome'> {
  const byKind = (name: string, help: string, figure: 'waiting' | 'oldestSeconds') =>
    new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers: [metrics],
      async collect() {
        this.reset()
        // A database that is away must not take the other figures with it.
        for (const row of await measureOutbox(maindb).catch(() => [])) this.set({ kind: row.kind }, row[figure])
      },
    })
  byKind('outbox_waiting', 'What is owed to others and waits, by kind.', 'waiting')
  byKind('outbox_oldest_seconds', 'The age of the oldest that waits, by kind.', 'oldestSeconds')
  return new Counter({
    name: 'outbox_deliveries_total',
    help: 'Deliveries out of the outbox by kind and what became of them.',
    labelNames: ['kind', 'outcome'],
    registers: [metrics],
  })
}
