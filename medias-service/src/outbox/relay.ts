import { createListener } from '@likeness/postgres'
import { repeat, type BackgroundTask } from '@likeness/service-kit/process'
import { Counter, Gauge } from 'prom-client'

import type { Context } from '../context.ts'
import { claimOutboxRows, returnOutboxRows, type OutboxRow } from './outbox-rows.ts'

/** Number of rows in a batch. Their confirms are awaited together. */
const BATCH = 200
/** Longer than the 5 s that publishing can take. If a relay dies, others publish its rows after this time. */
const LEASE_SECONDS = 15
const RETRY_SECONDS = 2
/** The longest delay after a lost notification. */
const POLL_MS = 2_000

/**
 * Publishes the outbox. A row is deleted only after its message was confirmed and not returned. Until then it is retried
 * without limit. Any number of relays can run, because each leases its own rows.
 */
export function startRelay({ mediasdb, publisher, logger, metrics, environment }: Context): BackgroundTask {
  const relayed = new Counter({
    name: 'outbox_messages_total',
    help: 'Outbox messages by outcome.',
    labelNames: ['outcome'],
    registers: [metrics],
  })
  new Gauge({
    name: 'outbox_messages',
    help: 'Messages in the outbox.',
    registers: [metrics],
    async collect() {
      // If the database is unavailable, only this metric is unknown.
      this.set(await mediasdb.Outbox.count().catch(() => Number.NaN))
    },
  })
  const listener = createListener(environment.MEDIASDB_URL, 'outbox', logger)

  async function publishBatch(): Promise<number> {
    const rows = await claimOutboxRows(mediasdb, BATCH, LEASE_SECONDS)
    const outcomes = await Promise.all(rows.map(publish))
    const ids = (wanted: string) => rows.filter((_row, index) => outcomes[index] === wanted).map(({ id }) => id)
    const confirmed = ids('confirmed')
    const returned = ids('returned')
    const failed = ids('failed')
    if (confirmed.length > 0) await mediasdb.Outbox.destroy({ where: { id: confirmed } })
    await returnOutboxRows(mediasdb, returned, 'returned: no queue accepted the message', RETRY_SECONDS)
    await returnOutboxRows(mediasdb, failed, 'not confirmed', RETRY_SECONDS)
    for (const outcome of outcomes) relayed.inc({ outcome })
    if (returned.length + failed.length > 0) {
      logger.warn({ event: 'outbox.not-taken', returned: returned.length, failed: failed.length })
    }
    return confirmed.length
  }

  async function publish(row: OutboxRow): Promise<'confirmed' | 'returned' | 'failed'> {
    try {
      return await publisher.publish(row.routingKey, row.payload, { messageId: `outbox-${row.id}` })
    } catch (error) {
      logger.debug({ event: 'outbox.publish-failed', outboxId: row.id, error })
      return 'failed'
    }
  }

  const relaying = repeat({
    async work() {
      // No row is leased while the broker is unavailable, because its lease would delay the row after the reconnect.
      if (publisher.isReady()) while ((await publishBatch()) === BATCH);
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
