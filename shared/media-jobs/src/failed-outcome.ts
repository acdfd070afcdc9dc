import type { ConfirmChannel, Message } from 'amqplib'
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
  MAX_JOB_BYTES,
  MAX_TRIES,
  priorities,
  priorityOf,
  retryRoutingKey,
  retryTierAfter,
  retryTiers,
  UnknownContractError,
  type JobAttempt,
  type Priority,
  type RoutingKey,
} from './contract.ts'
import type { FailureCode } from './failure-codes.ts'
import { digestOf } from './message-digest.ts'
import { cleanText, shortString } from './message-text.ts'
import { PermanentError, TransientError } from './outcomes.ts'
import { publishConfirmed } from './publish-confirmed.ts'

/** amqplib encodes at most 64 KiB of headers, so only the last attempts are kept, with shortened texts: at most 20 KiB. */
const MAX_ATTEMPTS = 10
export const ERROR_CHARACTERS = 500
const WORKER_CHARACTERS = 100
const TIME_CHARACTERS = 40

/** Workers of earlier builds wrote at most 32 KiB. */
const MAX_ATTEMPTS_LENGTH = 65_536

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
export function failedOutcome(message: Message, failure: Failure): FailedOutcome {
  const tries = triesOf(message) + 1
  const priority = priorityOf(failure.routingKey)
  const common = {
    [headers.tries]: tries,
    [headers.queue]: priority,
    [headers.attempts]: JSON.stringify(attemptsWith(message, failure)),
  }
  const end = endOf(failure.error, tries)
  const correlationId = correlationIdOf(message)
  if (end) {
    const { content, sizeHeaders } = contentToForward(message)
    const all = { ...common, ...sizeHeaders, [headers.code]: end.code, [headers.reason]: end.reason }
    return {
      event: 'job.dead',
      fields: { code: end.code, reason: end.reason, cause: causeOf(failure.error), tries },
      retryInMs: null,
      publish: (channel) => publishTo(channel, toDeadQueue, content, { headers: all, ...correlationId }),
    }
  }
  const soon = failure.error instanceof TransientError && failure.error.soon
  const tier = soon ? retryTiers[0] : retryTierAfter(tries)
  const waitMs = jitteredMs(tier, Math.random())
  const target = { exchange: EXCHANGE, routingKey: retryRoutingKey(priority, tier) }
  return {
    event: 'job.retry',
    fields: { tries, waitMs, error: reasonOf(failure.error), cause: causeOf(failure.error) },
    retryInMs: waitMs,
    publish: (channel) =>
      publishTo(channel, target, message.content, {
        headers: common,
        ...correlationId,
        expiration: String(waitMs),
      }),
  }
}

/** Number of tries before this delivery. */
export function triesOf(message: Message): number {
  const tries: unknown = message.properties.headers?.[headers.tries]
  return typeof tries === 'number' && Number.isInteger(tries) && tries > 0 ? Math.min(tries, MAX_TRIES) : 0
}

/** The priority of a message, from the header of the worker, or from the header of the broker that dead-lettered it. */
export function priorityInHeaders(message: Message): Priority {
  const queueHeader: unknown = message.properties.headers?.[headers.queue]
  const header: unknown = message.properties.headers?.['x-death']
  const deaths = deathsSchema.safeParse(header).data ?? []
  return (
    priorities.find((priority) => queueHeader === priority) ??
    priorities.find((priority) => deaths.some(({ queue }) => queue === jobQueue(priority))) ??
    'interactive'
  )
}

const deathsSchema = z.array(z.object({ queue: z.string() }))

/** The last attempts that a message describes; empty when the header is missing or invalid. */
export function attemptsOf(message: Message): JobAttempt[] {
  const attempts: unknown = message.properties.headers?.[headers.attempts]
  if (typeof attempts !== 'string' || attempts.length > MAX_ATTEMPTS_LENGTH) return []
  try {
    return z.array(jobAttemptSchema).parse(JSON.parse(attempts)).slice(-MAX_ATTEMPTS).map(cutAttempt)
  } catch {
    return []
  }
}

function cutAttempt({ worker, startedAt, endedAt, error }: JobAttempt): JobAttempt {
  return {
    worker: cleanText(worker, WORKER_CHARACTERS),
    startedAt: cleanText(startedAt, TIME_CHARACTERS),
    endedAt: endedAt === null ? null : cleanText(endedAt, TIME_CHARACTERS),
    error: cleanText(error, ERROR_CHARACTERS),
  }
}

function endOf(error: unknown, tries: number): { code: FailureCode; reason: string } | null {
  if (error instanceof PermanentError) return { code: error.code, reason: reasonOf(error) }
  if (error instanceof InvalidJobError) return { code: 'invalid-job', reason: reasonOf(error) }
  if (error instanceof UnknownContractError) return { code: 'unknown-contract', reason: reasonOf(error) }
  if (tries >= MAX_TRIES) return { code: 'retries-exhausted', reason: exhausted(error, tries) }
  return null
}

function attemptsWith(message: Message, failure: Failure): JobAttempt[] {
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
    .map(cutAttempt)
}

function correlationIdOf({ properties }: Message): { correlationId?: string } {
  const messageId: unknown = properties.messageId
  return typeof messageId === 'string' ? { correlationId: shortString(messageId) } : {}
}

/** Only the beginning of a long message is forwarded, because it is not a job. */
function contentToForward(message: Message): { content: Buffer; sizeHeaders: Record<string, unknown> } {
  const { content } = message
  if (content.length <= MAX_JOB_BYTES) return { content, sizeHeaders: {} }
  const { bytes, sha256 } = digestOf(message)
  const sizeHeaders = { [headers.bytes]: bytes, [headers.sha256]: sha256 }
  return { content: content.subarray(0, MAX_JOB_BYTES), sizeHeaders }
}

const toDeadQueue = { exchange: EXCHANGE, routingKey: DEAD_ROUTING_KEY }

async function publishTo(
  channel: ConfirmChannel,
  target: { exchange: string; routingKey: string },
  content: Buffer,
  options: { headers: Record<string, unknown>; correlationId?: string; expiration?: string },
): Promise<void> {
  const publication = await publishConfirmed(channel, target, content, { ...options, messageId: uuidv7() })
  if (publication === 'returned') throw new Error(`No queue is bound to the routing key ${target.routingKey}`)
}

/** Clients see this reason. Messages of system errors can contain addresses and paths, so only the attempts contain them. */
function exhausted(error: unknown, tries: number): string {
  const last =
    error instanceof TransientError ? `Last error: ${reasonOf(error)}` : 'The picture did not cause the errors.'
  return `The job failed ${tries} times. ${last}`
}

function reasonOf(error: unknown): string {
  return cleanText(error instanceof Error ? error.message : String(error), ERROR_CHARACTERS)
}

function causeOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause !== undefined ? reasonOf(error.cause) : undefined
}
