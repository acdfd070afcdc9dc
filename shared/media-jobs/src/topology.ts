import type { Channel } from 'amqplib'

import {
  DEAD_QUEUE,
  DEAD_ROUTING_KEY,
  EXCHANGE,
  jobQueue,
  priorities,
  retryQueue,
  retryRoutingKey,
  retryTiers,
  routingKeys,
} from './contract.ts'

/**
 * Only a last resort: RabbitMQ 3.10, 4.0 and 4.3 count deliveries differently, and a killed connection counts for every
 * message on it. mediasdb counts the attempts of each version.
 */
const DELIVERY_LIMIT = 50

/**
 * RabbitMQ 4 drops a message after 20 deliveries by default, and 3.x rejects -1 (no limit). These queues must not drop any
 * message.
 */
const NO_DELIVERY_LIMIT = 1_000_000

/** At-least-once dead-lettering: the queue keeps a message until its target has confirmed it. */
const atLeastOnce = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' }

/**
 * Declares the exchange and every queue. Idempotent. It declares each dead-letter target before the queues that use it.
 *
 * @throws when a queue exists with other arguments (406), or the connection is lost
 */
export async function assertTopology(channel: Channel): Promise<void> {
  await channel.assertExchange(EXCHANGE, 'direct', { durable: true })
  await assertQuorumQueue(channel, DEAD_QUEUE, { 'x-delivery-limit': NO_DELIVERY_LIMIT })
  await channel.bindQueue(DEAD_QUEUE, EXCHANGE, DEAD_ROUTING_KEY)
  for (const routingKey of routingKeys) {
    await assertQuorumQueue(channel, jobQueue(routingKey), {
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-dead-letter-exchange': EXCHANGE,
      'x-dead-letter-routing-key': DEAD_ROUTING_KEY,
      ...atLeastOnce,
    })
    await channel.bindQueue(jobQueue(routingKey), EXCHANGE, routingKey)
  }
  for (const priority of priorities) {
    for (const tier of retryTiers) {
      await assertQuorumQueue(channel, retryQueue(priority, tier), {
        'x-delivery-limit': NO_DELIVERY_LIMIT,
        'x-dead-letter-exchange': EXCHANGE,
        'x-dead-letter-routing-key': priority,
        ...atLeastOnce,
      })
      await channel.bindQueue(retryQueue(priority, tier), EXCHANGE, retryRoutingKey(priority, tier))
    }
  }
}

async function assertQuorumQueue(channel: Channel, queue: string, args: Record<string, unknown>): Promise<void> {
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum', ...args } })
}
