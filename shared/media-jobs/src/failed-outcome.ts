import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import { uuidv7 } from 'uuidv7'
import { z } from 'zod'

import {
  DEAD_ROUTING_KEY,
  EXCHANGE,
  headers,
  InvalidJobError,
  jitteredMs,
  jobAttemptSchema,
  jobQueue,
  MAX_TRIES,
  retryQueue,
  retryTierAfter,
  retryTiers,
  routingKeys,
  UnknownContractError,
  type JobAttempt,
  type RoutingKey,
} from './contract.ts'
import type { FailureCode } from './failure-codes.ts'
import { PermanentError, TransientError } from './outcomes.ts'
import { publishConfirmed } from './publish-confirmed.ts'

/** Headers must fit into a frame of 128 KiB, so only the last attempts are kept, with shortened errors. */
const MAX_ATTEMPTS = 10
const ERROR_CHARACTERS = 500

export interface Failure {
  error: unknown
  startedAt: Date
  worker: string
  routingKey: RoutingKey
}

/** The decision about a failed job. `publish` sends the job to the queue of the decision. */
export interface FailedOutcome {
  event: 'job.retry' | 'job.dead'
  fields: object
  /** Milliseconds until the retry; null when there is none. */
  retryInMs: number | null
  /** @throws Error when the broker does not confirm the message, or no queue accepts it */
  publish(channel: ConfirmChannel): Promise<void>
}

/** Decides by the type of the error: a retry after a delay, or a dead job. */
export function failedOutcome(message: ConsumeMessage, failure: Failure): FailedOutcome {
  const tries = triesOf(message) + 1
  const common = {
    [headers.tries]: tries,
    [headers.queue]: failure.routingKey,
    [headers.attempts]: JSON.stringify(attemptsWith(message, failure)),
  }
  const end = endOf(failure.error, tries)
  const { messageId: firstId } = message.properties
  if (end) {
    const all = { ...common, [headers.code]: end.code, [headers.reason]: end.reason }
    const target = { exchange: EXCHANGE, routingKey: DEAD_ROUTING_KEY }
    return {
      event: 'job.dead',
      fields: { code: end.code, reason: end.reason, tries },
      retryInMs: null,
      publish: (channel) => publishTo(channel, target, message.content, { headers: all, correlationId: firstId }),
    }
  }
  const soon = failure.error instanceof TransientError && failure.error.soon
  const tier = soon ? retryTiers[0] : retryTierAfter(tries)
  const waitMs = jitteredMs(tier, Math.random())
  const target = { exchange: '', routingKey: retryQueue(failure.routingKey, tier) }
  return {
    event: 'job.retry',
    fields: { tries, waitMs, error: reasonOf(failure.error), cause: causeOf(failure.error) },
    retryInMs: waitMs,
    publish: (channel) =>
      publishTo(channel, target, message.content, {
        headers: common,
        correlationId: firstId,
        expiration: String(waitMs),
      }),
  }
}

/** Number of tries before this delivery. */
export function triesOf(message: ConsumeMessage): number {
  const tries: unknown = message.properties.headers?.[headers.tries]
  return typeof tries === 'number' && tries >= 0 ? tries : 0
}

/** The queue of a message, from the header of the worker, or from the header of the broker that dead-lettered it. */
export function routingKeyOf(message: ConsumeMessage): RoutingKey {
  const queueHeader: unknown = message.properties.headers?.[headers.queue]
  const deaths = message.properties.headers?.['x-death']
  return (
    routingKeys.find((key) => queueHeader === key) ??
    routingKeys.find((key) => deaths?.some(({ queue }) => queue === jobQueue(key))) ??
    'interactive'
  )
}

/** The attempts that a message describes; empty when the header is missing or invalid. */
export function attemptsOf(message: ConsumeMessage): JobAttempt[] {
  const attempts: unknown = message.properties.headers?.[headers.attempts]
  if (typeof attempts !== 'string') return []
  try {
    return z.array(jobAttemptSchema).parse(JSON.parse(attempts))
  } catch {
    return []
  }
}

function endOf(error: unknown, tries: number): { code: FailureCode; reason: string } | null {
  if (error instanceof PermanentError) return { code: error.code, reason: reasonOf(error) }
  if (error instanceof InvalidJobError) return { code: 'invalid-job', reason: reasonOf(error) }
  if (error instanceof UnknownContractError) return { code: 'unknown-contract', reason: reasonOf(error) }
  if (tries >= MAX_TRIES) return { code: 'retries-exhausted', reason: exhausted(error, tries) }
  return null
}

function attemptsWith(message: ConsumeMessage, failure: Failure): JobAttempt[] {
  const { worker, startedAt, error } = failure
  const attempt = {
    worker,
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    error: reasonOf(error),
  }
  const earlier = error instanceof PermanentError ? error.earlier : []
  return [...attemptsOf(message), ...earlier, attempt]
    .toSorted((one, other) => one.startedAt.localeCompare(other.startedAt))
    .slice(-MAX_ATTEMPTS)
}

async function publishTo(
  channel: ConfirmChannel,
  target: { exchange: string; routingKey: string },
  content: Buffer,
  options: { headers: Record<string, unknown>; correlationId: unknown; expiration?: string },
): Promise<void> {
  const { correlationId, ...rest } = options
  const known = typeof correlationId === 'string' ? { correlationId } : {}
  const publication = await publishConfirmed(channel, target, content, { ...rest, ...known, messageId: uuidv7() })
  if (publication === 'returned') throw new Error(`No queue is bound to the routing key ${target.routingKey}`)
}

/** Clients see this reason. Messages of system errors can contain addresses and paths, so only the attempts contain them. */
function exhausted(error: unknown, tries: number): string {
  const last =
    error instanceof TransientError ? `Last error: ${reasonOf(error)}` : 'The picture did not cause the errors.'
  return `The job failed ${tries} times. ${last}`
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, ERROR_CHARACTERS)
}

function causeOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause !== undefined ? reasonOf(error.cause) : undefined
}
