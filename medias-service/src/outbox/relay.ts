import type { RoutingKey } from '@likeness/media-jobs'
import { createListener } from '@likeness/postgres'
import { repeat, type BackgroundTask } from '@likeness/service-kit/process'
import { Gauge } from 'prom-client'

import type { Context } from '../context.ts'
import {
  claimBulkJobs,
  claimFirstJobs,
  findWaiting,
  returnOutboxRows,
  type Lease,
  type OutboxRow,
} from './outbox-rows.ts'
import { createTurns } from './turns.ts'

/** Maximum number of rows in a batch. Their confirms are awaited together. */
const BATCH = 200
/** Longer than the 5 s that publishing can take. If a relay dies, others publish its rows after this time. */
const LEASE_SECONDS = 15
const RETRY_SECONDS = 2
/** The longest delay after a lost notification. */
const POLL_MS = 2_000

/**
 * The number of jobs that wait in the interactive queue for each consumer. The other jobs wait in the outbox, where the
 * relay takes them in turn from their owners. Two jobs, so that no consumer waits for the relay.
 */
const QUEUED_PER_CONSUMER = 2
const MIN_QUEUED = 4
/** The pause while jobs wait in the outbox. It doubles while the queue does not shrink, for example in a paused fleet. */
const REFILL_MS = 50
const MAX_REFILL_MS = 1_000
/** The pause after the queue was empty, because the workers are faster than the relay. */
const HURRY_MS = 10

/**
 * Publishes the outbox. A row is deleted only after its message was confirmed and not returned. Until then it is retried
 * without limit. Any number of relays can run, because each leases its own rows.
 *
 * Owners take turns: the next job of an owner without a recent turn goes to the express queue. The other interactive jobs
 * wait in the outbox until the interactive queue has room. Bulk jobs are published at once.
 */
export function startRelay({
  mediasdb,
  publisher,
  logger,
  metrics,
  countDelivery,
  environment,
}: Context): BackgroundTask {
  let blockedSince: number | null = null
  /** Whether the broker accepted no message of the last batch. */
  let isRefusing = false
  new Gauge({
    name: 'likeness_outbox_blocked_seconds',
    help: 'Seconds since the relay can publish no message, because the broker is unavailable or does not accept it; otherwise 0.',
    registers: [metrics],
    collect() {
      this.set(blockedSince === null ? 0 : (performance.now() - blockedSince) / 1_000)
    },
  })
  const listener = createListener(environment.MEDIASDB_URL, 'outbox', logger)
  const turns = createTurns(mediasdb)
  const lease: Lease = { limit: BATCH, leaseSeconds: LEASE_SECONDS }
  let refillMs = REFILL_MS
  let lastQueued = 0

  /** @returns the number of leased rows */
  async function publishRows(rows: OutboxRow[], routingKey: RoutingKey): Promise<number> {
    if (rows.length === 0) return 0
    const outcomes = await Promise.all(rows.map((row) => publish(row, routingKey)))
    const withOutcome = (wanted: string) => rows.filter((_row, index) => outcomes[index] === wanted)
    const ids = (wanted: string) => withOutcome(wanted).map(({ id }) => id)
    const confirmed = ids('confirmed')
    const returned = ids('returned')
    const failed = ids('failed')
    if (confirmed.length > 0) await mediasdb.Outbox.destroy({ where: { id: confirmed } })
    if (routingKey !== 'bulk') turns.record(withOutcome('confirmed'))
    await returnOutboxRows(mediasdb, returned, 'returned: no queue accepted the message', RETRY_SECONDS)
    await returnOutboxRows(mediasdb, failed, 'not confirmed', RETRY_SECONDS)
    for (const outcome of outcomes) countDelivery('job', outcome === 'confirmed' ? 'delivered' : outcome)
    isRefusing = confirmed.length === 0
    noteBlocked(isRefusing)
    if (returned.length + failed.length > 0) {
      logger.warn({ event: 'outbox.not-taken', returned: returned.length, failed: failed.length })
    }
    return rows.length
  }

  async function publish(row: OutboxRow, routingKey: RoutingKey): Promise<'confirmed' | 'returned' | 'failed'> {
    try {
      return await publisher.publish(routingKey, row.payload, { messageId: `outbox-${row.id}` })
    } catch (error) {
      logger.debug({ event: 'outbox.publish-failed', outboxId: row.id, error })
      return 'failed'
    }
  }

  function noteBlocked(blocked: boolean): void {
    blockedSince = blocked ? (blockedSince ?? performance.now()) : null
  }

  /** Fills the interactive queue. @returns the milliseconds until it may have room again */
  async function fillInteractive(): Promise<number> {
    const { messages, consumers } = await publisher.count('interactive')
    const room = Math.max(MIN_QUEUED, consumers * QUEUED_PER_CONSUMER) - messages
    refillMs = room > 0 || messages < lastQueued ? REFILL_MS : Math.min(refillMs * 2, MAX_REFILL_MS)
    if (messages === 0) refillMs = HURRY_MS
    lastQueued = messages
    if (room > 0) await publishRows(await turns.claim({ ...lease, limit: Math.min(room, BATCH) }), 'interactive')
    return refillMs
  }

  const relaying = repeat({
    async work() {
      // No row is leased while the broker is unavailable, because its lease would delay the row after the reconnect.
      const isReady = publisher.isReady()
      noteBlocked(!isReady || isRefusing)
      if (!isReady) return
      const express = await publishRows(await claimFirstJobs(mediasdb, turns.recentOwners(), lease), 'express')
      const bulk = await publishRows(await claimBulkJobs(mediasdb, lease), 'bulk')
      const waiting = await findWaiting(mediasdb)
      if (!waiting.any) isRefusing = false
      const nextMs = waiting.interactive ? await fillInteractive() : POLL_MS
      return express === BATCH || bulk === BATCH ? 0 : nextMs
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
