import type { ConfirmChannel, ConsumeMessage, Message } from 'amqplib'
import pTimeout from 'p-timeout'
import { uuidv7 } from 'uuidv7'

import type { Broker } from './broker.ts'
import {
  EXCHANGE,
  headers,
  maxWaitMs,
  parseJob,
  priorities,
  retryQueue,
  retryTiers,
  type Priority,
} from './contract.ts'
import { failedOutcome, triesOf } from './failed-outcome.ts'
import { publishConfirmed } from './publish-confirmed.ts'

/** The name in the attempt of a dead job. */
const WORKER = 'medias-service'

/** The message at the head can expire before the consumer receives it. */
const HEAD_MS = 500

export interface RetryQueues {
  /**
   * Moves messages that do not expire in time from the heads of the retry queues: jobs to their job queue, other messages
   * to the dead queue. The broker expires only the message at the head of a queue, so such a message would block every job
   * behind it. No worker publishes one.
   *
   * @param stopping aborts the work
   * @returns the number of moved messages; 0 while the broker is unavailable
   */
  free(stopping: AbortSignal): Promise<number>
  close(): Promise<void>
}

/** Opens a channel to the retry queues. */
export function openRetryQueues(broker: Broker): RetryQueues {
  const kept = broker.keepChannel(async (channel) => void (await channel.prefetch(1)))
  return {
    free: async (stopping) => {
      let moved = 0
      for (const priority of priorities) {
        for (const tier of retryTiers) {
          const channel = kept.current()
          if (!channel) return moved
          while (!stopping.aborted && (await moveHead(channel, priority, tier))) moved += 1
        }
      }
      return moved
    },
    close: () => kept.close(),
  }
}

/** @returns whether the head of the queue was moved */
async function moveHead(
  channel: ConfirmChannel,
  priority: Priority,
  tier: (typeof retryTiers)[number],
): Promise<boolean> {
  const message = await receiveHead(channel, retryQueue(priority, tier))
  if (!message) return false
  let isMoved = false
  try {
    if (!(waitOf(message) <= maxWaitMs(tier))) {
      await publishAtOnce(channel, priority, message)
      isMoved = true
    }
    return isMoved
  } finally {
    // An unmoved message returns to the head of the queue, with its time of expiry.
    if (isMoved) channel.ack(message)
    else channel.nack(message, false, true)
  }
}

/**
 * Receives the message at the head of a queue with a consumer. After `basic.get`, RabbitMQ 3.10 does not dead-letter a
 * message that expires at the same moment, until the queue changes for another reason.
 */
async function receiveHead(channel: ConfirmChannel, queue: string): Promise<ConsumeMessage | null> {
  const { messageCount } = await channel.checkQueue(queue)
  if (messageCount === 0) return null
  let receive = (_message: ConsumeMessage | null): void => undefined
  const received = new Promise<ConsumeMessage | null>((resolve) => (receive = resolve))
  const { consumerTag } = await channel.consume(queue, (message) => receive(message))
  await pTimeout(received, { milliseconds: HEAD_MS, message: false })
  await channel.cancel(consumerTag)
  // Until the consumer is cancelled, the message can arrive.
  return Promise.race([received, null])
}

/** Milliseconds; NaN if the message never expires. */
function waitOf({ properties }: Message): number {
  const expiration: unknown = properties.expiration
  return typeof expiration === 'string' ? Number(expiration) : Number.NaN
}

/** Publishes a job to its job queue, and any other message to the dead queue, as a worker does. */
async function publishAtOnce(channel: ConfirmChannel, priority: Priority, message: Message): Promise<void> {
  const error = errorOf(message)
  if (error) {
    const failure = { error, startedAt: new Date(), worker: WORKER, routingKey: priority }
    return failedOutcome(message, failure).publish(channel)
  }
  const target = { exchange: EXCHANGE, routingKey: priority }
  const options = { headers: { [headers.tries]: triesOf(message) }, messageId: uuidv7() }
  const publication = await publishConfirmed(channel, target, message.content, options)
  if (publication === 'returned') throw new Error(`No queue is bound to the routing key ${priority}`)
}

function errorOf({ content }: Message): unknown {
  try {
    parseJob(content)
    return null
  } catch (error) {
    return error
  }
}
