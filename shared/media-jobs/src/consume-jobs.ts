import { setTimeout as sleep } from 'node:timers/promises'

import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import pTimeout from 'p-timeout'

import type { Broker } from './broker.ts'
import { createConsumerPool, type ConsumerPool } from './consumer-pool.ts'
import { jobQueue, parseJob, type Job, type JobAttempt, type RoutingKey } from './contract.ts'
import { attemptsOf, failedOutcome, triesOf, type Failure } from './failed-outcome.ts'
import { cleanText } from './message-text.ts'
import { RequeueError } from './outcomes.ts'

/** Pause before requeueing, because the broker delivers the message again at once. */
const REQUEUE_PAUSE_MS = 1_000

/** Time for handlers to end after they were aborted. */
const ABORT_MS = 3_000

/** A job with the details of its delivery. */
export interface JobDelivery {
  job: Job
  routingKey: RoutingKey
  /** Number of earlier tries, from the header `x-try`. */
  tries: number
  /** The last of the earlier tries, from the header of the message. */
  attempts: JobAttempt[]
  /** Aborts when the consumer accepts no more jobs: a job that has not begun should throw a RequeueError. */
  stopping: AbortSignal
  /** Aborts when the time for the shutdown is over: a running job should throw a RequeueError. */
  aborted: AbortSignal
  /** Lets the consumer receive another job although this job is not done, because the rest of it needs no slot. */
  prefetchNext(): void
}

export interface Consumer {
  /** Whether it is consuming. */
  isConsuming(): boolean
  /**
   * Stops consuming, waits for in-flight jobs up to the limit, and requeues the rest.
   *
   * @param endWait aborts the wait
   */
  stop(limitMs: number, endWait?: AbortSignal): Promise<void>
}

/** A consumer whose prefetch can change while it runs. */
export interface JobConsumer extends Consumer {
  /**
   * Applies the current prefetch. At 0, the consumer stops consuming, finishes the jobs that have begun, and requeues the
   * rest.
   */
  adjust(): void
}

/** A failed attempt that will be retried. */
export interface Retry {
  job: Job
  error: unknown
  retryInMs: number
}

interface ConsumeJobsOptions {
  routingKey: RoutingKey
  /** Maximum number of in-flight jobs, read whenever the channel opens and at every adjust(). */
  prefetch: () => number
  /** The name of this process in the reports of failed attempts. */
  worker: string
  /**
   * Processes a job. After a PermanentError the job moves to media.jobs.dead, after a RequeueError it is requeued
   * unchanged, and after any other error it is retried later.
   */
  handle: (delivery: JobDelivery) => Promise<void>
  /** Called after a retry was published. Its errors are logged only. */
  onRetry?: (retry: Retry) => Promise<void>
}

/**
 * Consumes jobs: parse, validate, handle, acknowledge. A job is acknowledged only when it is done, or when the broker has
 * confirmed its retry or its dead job. If the connection is lost before that, the broker delivers the job again.
 */
export function consumeJobs(broker: Broker, options: ConsumeJobsOptions): JobConsumer {
  const { routingKey, worker } = options
  const aborted = new AbortController()
  const inFlight = new Set<Promise<void>>()
  let stopped = false
  let stopping = new AbortController()
  let pool: ConsumerPool | null = null

  const wanted = (): number => (stopped ? 0 : options.prefetch())
  const reopen = (error: unknown): void => {
    broker.logger.warn({ event: 'broker.consumer-failed', routingKey, error: String(error) })
    kept.reopen()
  }
  /**
   * Aborts the waiting jobs only after all consumers are cancelled: a requeued job would be delivered again at once.
   */
  const adjustPool = async (): Promise<void> => {
    await pool?.adjust().catch(reopen)
    if (wanted() === 0) stopping.abort()
  }

  const handleMessage = async (channel: ConfirmChannel, from: ConsumerPool, message: ConsumeMessage): Promise<void> => {
    const startedAt = new Date()
    // At most twice the prefetch, so that a store that hangs cannot accumulate jobs.
    const prefetchNext = (): void => {
      if (inFlight.size < 2 * wanted()) from.replaceConsumerOf(message).catch(() => undefined)
    }
    try {
      await options.handle({
        job: parseJob(message.content),
        routingKey,
        tries: triesOf(message),
        attempts: attemptsOf(message),
        stopping: stopping.signal,
        aborted: aborted.signal,
        prefetchNext,
      })
    } catch (error) {
      return settleFailure(channel, message, { error, startedAt, worker, routingKey })
    }
    ifOpen(() => channel.ack(message))
  }

  const settleFailure = async (channel: ConfirmChannel, message: ConsumeMessage, failure: Failure): Promise<void> => {
    if (failure.error instanceof RequeueError) return ifOpen(() => channel.nack(message, false, true))
    const outcome = failedOutcome(message, failure)
    broker.logger.warn({ event: outcome.event, ...idsOf(message), ...outcome.fields })
    try {
      await outcome.publish(channel)
      ifOpen(() => channel.ack(message))
    } catch (error) {
      broker.logger.warn({ event: 'job.not-handed-on', ...idsOf(message), error: String(error) })
      await sleep(REQUEUE_PAUSE_MS, undefined, { signal: aborted.signal }).catch(() => undefined)
      return ifOpen(() => channel.nack(message, false, true))
    }
    if (outcome.retryInMs !== null) await reportRetry(message, failure.error, outcome.retryInMs)
  }

  const reportRetry = async (message: ConsumeMessage, error: unknown, retryInMs: number): Promise<void> => {
    try {
      await options.onRetry?.({ job: parseJob(message.content), error, retryInMs })
    } catch (fault) {
      broker.logger.warn({ event: 'job.retry-not-told', ...idsOf(message), error: String(fault) })
    }
  }

  const kept = broker.keepChannel(async (channel) => {
    const opened = createConsumerPool(channel, {
      queue: jobQueue(routingKey),
      name: `${worker} ${routingKey}`,
      wanted,
      onMessage: (message) => {
        // In a microtask, so that `inFlight` contains this job when the handler reads its size.
        const handled = Promise.resolve()
          .then(() => handleMessage(channel, opened, message))
          .finally(() => inFlight.delete(handled))
        inFlight.add(handled)
        return handled
      },
      onCancelled: () => kept.reopen(),
    })
    pool = opened
    channel.once('close', () => {
      if (pool === opened) pool = null
    })
    await opened.adjust()
  })

  return {
    isConsuming: () => kept.current() !== null && !stopped && (pool?.count() ?? 0) > 0,
    adjust: () => {
      if (wanted() > 0 && stopping.signal.aborted) stopping = new AbortController()
      void adjustPool()
    },
    stop: async (limitMs, endWait) => {
      stopped = true
      const handled = adjustPool().then(() => Promise.allSettled(inFlight))
      // A timeout or an aborted wait is not an error: the remaining jobs are requeued below.
      await pTimeout(handled, { milliseconds: limitMs, ...(endWait ? { signal: endWait } : {}) }).catch(() => undefined)
      aborted.abort()
      await pTimeout(Promise.allSettled(inFlight), { milliseconds: ABORT_MS, message: false })
      await kept.close()
    },
  }
}

/** Acknowledges a message. On a lost channel there is nothing to do, because the broker has requeued it. */
function ifOpen(acknowledge: () => void): void {
  try {
    acknowledge()
  } catch (error) {
    if (!(error instanceof Error && error.name === 'IllegalOperationError')) throw error
  }
}

/** The ids in a message, for the log. */
function idsOf(message: ConsumeMessage): object {
  try {
    const { mediaId, versionId } = parseJob(message.content)
    return { mediaId, versionId }
  } catch {
    const { messageId } = message.properties
    return typeof messageId === 'string' ? { messageId: cleanText(messageId, 255) } : {}
  }
}
