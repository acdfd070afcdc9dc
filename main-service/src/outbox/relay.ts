import { createListener } from '@likeness/postgres'
import {
  registerOutboxMetrics,
  repeat,
  type BackgroundTask,
  type Logger,
  type Metrics,
} from '@likeness/service-kit/process'

import type { Maindb } from '../maindb.ts'
import type { OutboxKind } from '../models/outbox.ts'
import { claimOutboxRows, measureOutbox, postponeOutboxRow, deleteOutboxRow, type OutboxRow } from './outbox-rows.ts'

/**
 * Delivers one row. Returns `done` to delete the row, or `more` to be called again immediately. After an error, the row
 * is retried later, without limit. A delivery can run twice for the same row, so it must be idempotent.
 */
export type Delivery = (row: OutboxRow) => Promise<'done' | 'more'>

interface RelayOptions {
  maindb: Maindb
  /** A `postgres://` URL for PostgreSQL's notifications. */
  url: string
  logger: Logger
  metrics: Metrics
  /** The relay ignores rows of other kinds. */
  deliveries: Partial<Record<OutboxKind, Delivery>>
}

/** Maximum number of concurrent deliveries. */
const MAX_CONCURRENT = 8
/** Longer than any delivery. After this time, other relays deliver the rows of a relay that crashed. */
const LEASE_SECONDS = 30
/** The longest delay after a lost notification. */
const POLL_MS = 2_000
const MAX_BACKOFF_SECONDS = 300

/** 2, 4, 8 … seconds, at most 5 minutes, plus or minus 20 %, so that failed deliveries are not all retried at once. */
const backoffSeconds = (attempts: number) =>
  Math.min(MAX_BACKOFF_SECONDS, 2 ** Math.min(attempts, 10)) * (0.8 + 0.4 * Math.random())

/**
 * Delivers the rows of the outbox until it is stopped. Any number of relays can run, because each leases its own rows.
 */
export function startRelay({ maindb, url, logger, metrics, deliveries }: RelayOptions): BackgroundTask {
  const listener = createListener(url, 'outbox', logger)
  const kinds = Object.keys(deliveries) as OutboxKind[]
  const count = registerOutboxMetrics(metrics, { kinds, read: async () => byKind(await measureOutbox(maindb)) })

  async function deliver(row: OutboxRow): Promise<void> {
    const { kind, subject, attempts } = row
    try {
      const outcome = await (deliveries[kind] as Delivery)(row)
      if (outcome === 'done') await deleteOutboxRow(maindb, row)
      else await postponeOutboxRow(maindb, row, { seconds: 0, reason: null })
      count(kind, outcomes[outcome])
    } catch (error) {
      count(kind, 'failed')
      logger.warn({ event: 'outbox.not-delivered', kind, subject, attempts, error })
      const reason = error instanceof Error ? error.message : String(error)
      await postponeOutboxRow(maindb, row, { seconds: backoffSeconds(attempts), reason })
    }
  }

  const relaying = repeat({
    async work() {
      const rows = await claimOutboxRows(maindb, kinds, { limit: MAX_CONCURRENT, leaseSeconds: LEASE_SECONDS })
      await Promise.all(rows.map(deliver))
      return rows.length > 0 ? 0 : POLL_MS
    },
    everyMs: POLL_MS,
    listener,
    onError: (error) => logger.warn({ event: 'outbox.unreadable', error }),
  })
  return {
    async stop() {
      await relaying.stop()
      await listener.stop()
    },
  }
}

/** The outcome in the metrics, by the outcome of a delivery. */
const outcomes = { done: 'delivered', more: 'continued' } as const

const byKind = (rows: Awaited<ReturnType<typeof measureOutbox>>) =>
  Object.fromEntries(rows.map(({ kind, ...figures }) => [kind, figures]))
