import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import pTimeout from 'p-timeout'

import type { Broker } from './broker.ts'
import type { Consumer } from './consume-jobs.ts'
import { DEAD_QUEUE, headers, parseJob, type Job, type JobAttempt, type RoutingKey } from './contract.ts'
import { attemptsOf, routingKeyOf } from './failed-outcome.ts'
import type { FailureCode } from './failure-codes.ts'
import { assertTopology } from './topology.ts'

const PREFETCH = 10
const PAUSE_MS = 1_000

/** A dead job, as its message describes it. */
export interface DeadJob {
  /** UUID of the message, the same for every delivery. */
  id: string
  /** Null when the message is not a job that this build can read. */
  job: Job | null
  /** The message's JSON, or its text if it is not JSON. */
  payload: unknown
  /** Stable code in kebab-case; `delivery-limit` when the broker dead-lettered the message. */
  code: string
  reason: string
  /** The routing key of the queue that the message came from. */
  routingKey: RoutingKey
  /** The last attempts, the newest last. */
  attempts: JobAttempt[]
}

/**
 * Consumes media.jobs.dead: handles a message, then acknowledges it. If the handler throws, the message is requeued
 * after a short pause.
 */
export function consumeDead(broker: Broker, options: { handle: (dead: DeadJob) => Promise<void> }): Consumer {
  const stopping = new AbortController()
  const inFlight = new Set<Promise<void>>()
  let consumerTag: string | null = null

  const handleMessage = async (channel: ConfirmChannel, message: ConsumeMessage): Promise<void> => {
    try {
      await options.handle(deadJobOf(message))
      channel.ack(message)
    } catch (error) {
      broker.logger.warn({ event: 'dead-job.not-taken', error: String(error) })
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      requeue(channel, message)
    }
  }

  const kept = broker.keepChannel(async (channel) => {
    await assertTopology(channel)
    if (stopping.signal.aborted) return
    await channel.prefetch(PREFETCH)
    const consume = await channel.consume(DEAD_QUEUE, (message) => {
      if (!message) return kept.reopen()
      const handled = handleMessage(channel, message).finally(() => inFlight.delete(handled))
      inFlight.add(handled)
    })
    consumerTag = consume.consumerTag
  })

  return {
    isConsuming: () => kept.current() !== null && !stopping.signal.aborted,
    stop: async (limitMs) => {
      stopping.abort()
      if (consumerTag)
        await kept
          .current()
          ?.cancel(consumerTag)
          .catch(() => undefined)
      await pTimeout(Promise.allSettled(inFlight), { milliseconds: limitMs, message: false })
      await kept.close()
    },
  }
}

function deadJobOf(message: ConsumeMessage): DeadJob {
  const messageHeaders = message.properties.headers ?? {}
  const code: unknown = messageHeaders[headers.code]
  const reason: unknown = messageHeaders[headers.reason]
  const id: unknown = message.properties.messageId
  return {
    id: typeof id === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : idOf(message),
    job: jobOf(message),
    payload: payloadOf(message),
    code: typeof code === 'string' ? code : ('delivery-limit' satisfies FailureCode),
    reason:
      typeof reason === 'string' ? reason : 'The broker delivered the job too many times without an acknowledgement.',
    routingKey: routingKeyOf(message),
    attempts: attemptsOf(message),
  }
}

/** A UUID (version 8, RFC 9562) derived from the message, the same for every delivery. */
function idOf({ content, properties }: ConsumeMessage): string {
  const hash = createHash('sha256').update(`${properties.messageId}\0${properties.timestamp}\0`).update(content)
  const hex = hash.digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function jobOf(message: ConsumeMessage): Job | null {
  try {
    return parseJob(message.content)
  } catch {
    return null
  }
}

function payloadOf(message: ConsumeMessage): unknown {
  const text = message.content.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Requeues a message. On a lost channel there is nothing to do, because the broker has requeued it. */
function requeue(channel: ConfirmChannel, message: ConsumeMessage): void {
  try {
    channel.nack(message, false, true)
  } catch (error) {
    if (!(error instanceof Error && error.name === 'IllegalOperationError')) throw error
  }
}
