import { Counter, Gauge } from 'prom-client'

import type { Metrics } from './metrics.ts'

interface OutboxFigures {
  /** Number of rows that are not delivered yet. */
  waiting: number
  /** Age of the oldest of these rows. */
  oldestSeconds: number
}

/**
 * The end of an attempt to deliver a row: `delivered`: the row is deleted. `continued`: a part is delivered, and the rest
 * follows immediately. `returned`: the broker has no queue for the message; `failed`: any other error. After both, the row
 * is retried.
 */
export type OutboxOutcome = 'delivered' | 'continued' | 'returned' | 'failed'

interface OutboxOptions<Kind extends string> {
  /** The kinds of rows in this outbox. */
  kinds: readonly Kind[]
  /** Reads the figures of the kinds that have rows. If it fails, the gauges are NaN. */
  read(): Promise<Partial<Record<Kind, OutboxFigures>>>
}

/**
 * Registers the metrics of an outbox. main-service and medias-service use this function, so that these metrics mean the
 * same in both.
 *
 * @returns a function that counts an attempt to deliver a row
 */
export function registerOutboxMetrics<Kind extends string>(
  registry: Metrics,
  { kinds, read }: OutboxOptions<Kind>,
): (kind: Kind, outcome: OutboxOutcome) => void {
  let reading: Promise<Partial<Record<Kind, OutboxFigures>> | null> | undefined
  // Both gauges of a scrape share one read. If the database is unavailable, the other metrics must still be collected.
  const readOnce = () =>
    (reading ??= read()
      .catch(() => null)
      .finally(() => (reading = undefined)))
  const register = (name: string, help: string, figure: keyof OutboxFigures) =>
    new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers: [registry],
      async collect() {
        const figures = await readOnce()
        for (const kind of kinds) this.set({ kind }, figures ? (figures[kind]?.[figure] ?? 0) : Number.NaN)
      },
    })
  register('likeness_outbox_waiting', 'Rows of the outbox that are not delivered yet, by kind.', 'waiting')
  register(
    'likeness_outbox_oldest_seconds',
    'Age of the oldest row of the outbox that is not delivered yet, by kind; 0 if there is none.',
    'oldestSeconds',
  )
  const deliveries = new Counter({
    name: 'likeness_outbox_deliveries_total',
    help: 'Attempts to deliver a row of the outbox, by kind and outcome: delivered, continued, returned or failed.',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  })
  return (kind, outcome) => deliveries.inc({ kind, outcome })
}
