import { createBell } from '@likeness/postgres'
import { repeat, type BackgroundTask } from '@likeness/service-kit/process'
import { Counter, Gauge } from 'prom-client'

import type { Context } from '../context.ts'
import { claimOutboxRows, returnOutboxRows, type OutboxRow } from './outbox-rows.ts'

/** Rows in one batch: their confirms come together. */
const BATCH = 200
/** Longer than the 5 s that a publication may take; a relay that died gives its rows back by it. */
const LEASE_SECONDS = 15
const RETRY_SECONDS = 2
/** What a lost notification costs at the most. */
const POLL_MS = 2_000

/**
 * Hands the outbox over to the broker. A row goes only once its message is confirmed and was not returned; until then
 * it is tried again, for ever. Any number of relays may run: each leases its own rows.
 */
export function startRelay({ mediasdb, publisher, logger, metrics, environment }: Context): BackgroundTask {
  const relayed = new Counter({
    name: 'outbox_messages_total',
    help: 'Messages of the outbox by what became of them.',
    labelNames: ['outcome'],
    registers: [metrics],
  })
  new Gauge({
    name: 'outbox_messages',
    help: 'Messages that wait in the outbox.',
    registers: [metrics],
    async collect() {
      // A database that is away must not take the other figures with it.
      this.set(await mediasdb.Outbox.count().catch(() => Number.NaN))
    },
  })
  const bell = createBell(environment.MEDIASDB_URL, 'outbox', logger)

  async function handOverBatch(): Promise<number> {
    const rows = await claimOutboxRows(mediasdb, BATCH, LEASE_SECONDS)
    const outcomes = await Promise.all(rows.map(publish))
    const ids = (wanted: string) => rows.filter((_row, index) => outcomes[index] === wanted).map(({ id }) => id)
    const confirmed = ids('confirmed')
    const returned = ids('returned')
    const failed = ids('failed')
    if (confirmed.length > 0) await mediasdb.Outbox.destroy({ where: { id: confirmed } })
    await returnOutboxRows(mediasdb, returned, 'returned: no queue took it', RETRY_SECONDS)
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
      // While the broker is away, leasing rows would only make them wait longer once it is back.
      if (publisher.isReady()) while ((await handOverBatch()) === BATCH);
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
