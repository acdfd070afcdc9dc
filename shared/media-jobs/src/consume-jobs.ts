import { setTimeout as sleep } from 'node:timers/promises'

import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import pTimeout from 'p-timeout'

import type { Broker } from './broker.ts'
import { headers, jobQueue, parseJob, type JobAttempt, type RenderJob, type RoutingKey } from './contract.ts'
import { attemptsOf, failedOutcome, triesOf, type Failure } from './failed-outcome.ts'
import { GivenBackError } from './outcomes.ts'
import { createTakers, type Takers } from './takers.ts'
import { assertTopology } from './topology.ts'

/** What comes back at once would come back at once again. */
const GIVE_BACK_PAUSE_MS = 1_000

/** How long handlers may take to come to an end after they were aborted. */
const ABORT_MS = 3_000

/** A job with what its handler may want to know about this delivery. */
export interface JobInHand {
  job: RenderJob
  routingKey: RoutingKey
  /** How often it was tried before. */
  tries: number
  /** Those tries as their workers told of them, as far as they are kept. */
  attempts: JobAttempt[]
  /** Aborts when no more jobs are taken: what has not begun should throw a GivenBackError. */
  stopping: AbortSignal
  /** Aborts when the time for stopping is over: whatever runs should end with a GivenBackError. */
  aborted: AbortSignal
  /** Lets another job come although this one is not done: what is left of it takes no slot. */
  letNextCome(): void
}

export interface Consumer {
  /** Whether messages could come now. */
  isConsuming(): boolean
  /**
   * Takes no more jobs, waits for those in hand up to the limit, and gives the rest back.
   *
   * @param hurry ends the waiting
   */
  stop(limitMs: number, hurry?: AbortSignal): Promise<void>
}

/** A consumer whose jobs in hand can be made more or fewer while it runs. */
export interface JobConsumer extends Consumer {
  /** Looks at the prefetch anew. At 0 it takes no more jobs, finishes what has begun, and gives the rest back. */
  adjust(): void
}

/** A try that failed, and that another will follow. */
export interface Retry {
  job: RenderJob
  error: unknown
  retryInMs: number
}

interface ConsumeJobsOptions {
  routingKey: RoutingKey
  /** Most jobs in hand at once, read whenever the channel opens and at every adjust(); 0 takes none. */
  prefetch: () => number
  /** Names this process in what is told of a failed try. */
  worker: string
  /**
   * Does the job. Throwing a PermanentError ends it in media.jobs.dead, a GivenBackError puts it back as it was, and
   * anything else tries it again later.
   */
  handle: (inHand: JobInHand) => Promise<void>
  /** Hears of every try that another will follow, once that is certain. What it throws is logged, and no more. */
  onRetry?: (retry: Retry) => Promise<void>
}

/**
 * Consumes jobs: parse, validate, handle, ack. A job is acknowledged only after it was done, or after the broker has
 * confirmed its next try or its end; if the connection is lost midway, it comes back by itself.
 */
export function consumeJobs(broker: Broker, options: ConsumeJobsOptions): JobConsumer {
  const { routingKey, worker } = options
  const aborted = new AbortController()
  const inHand = new Set<Promise<void>>()
  let stopped = false
  let holding = new AbortController()
  let takers: Takers | null = null

  const wanted = (): number => (stopped ? 0 : options.prefetch())
  const reopen = (error: unknown): void => {
    broker.logger.warn({ event: 'broker.consumer-failed', routingKey, error: String(error) })
    kept.reopen()
  }
  /** Gives back only once nobody consumes any more: what is given back would come again at once. */
  const settle = async (): Promise<void> => {
    await takers?.settle().catch(reopen)
    if (wanted() === 0) holding.abort()
  }

  const handleMessage = async (channel: ConfirmChannel, from: Takers, message: ConsumeMessage): Promise<void> => {
    const startedAt = new Date()
    // Twice as many as are wanted is where a store that hangs has them stop coming.
    const letNextCome = (): void => {
      if (inHand.size < 2 * wanted()) from.relieve(message).catch(() => undefined)
    }
    try {
      await options.handle({
        job: parseJob(message.content),
        routingKey,
        tries: triesOf(message),
        attempts: attemptsOf(message),
        stopping: holding.signal,
        aborted: aborted.signal,
        letNextCome,
      })
    } catch (error) {
      return settleFailure(channel, message, { error, startedAt, worker, routingKey })
    }
    ifOpen(() => channel.ack(message))
  }

  const settleFailure = async (channel: ConfirmChannel, message: ConsumeMessage, failure: Failure): Promise<void> => {
    if (failure.error instanceof GivenBackError) return ifOpen(() => channel.nack(message, false, true))
    const outcome = failedOutcome(message, failure)
    broker.logger.warn({ event: outcome.event, ...idsOf(message), ...outcome.fields })
    try {
      await outcome.publish(channel)
      ifOpen(() => channel.ack(message))
    } catch (error) {
      broker.logger.warn({ event: 'job.not-handed-on', ...idsOf(message), error: String(error) })
      await sleep(GIVE_BACK_PAUSE_MS, undefined, { signal: aborted.signal }).catch(() => undefined)
      return ifOpen(() => channel.nack(message, false, true))
    }
    if (outcome.retryInMs !== null) await tellRetry(message, failure.error, outcome.retryInMs)
  }

  const tellRetry = async (message: ConsumeMessage, error: unknown, retryInMs: number): Promise<void> => {
    try {
      await options.onRetry?.({ job: parseJob(message.content), error, retryInMs })
    } catch (fault) {
      broker.logger.warn({ event: 'job.retry-not-told', ...idsOf(message), error: String(fault) })
    }
  }

  const kept = broker.keepChannel(async (channel) => {
    await assertTopology(channel)
    const opened = createTakers(channel, {
      queue: jobQueue(routingKey),
      name: `${worker} ${routingKey}`,
      wanted,
      take: (message) => {
        // Only then: whoever counts what is in hand counts this one too.
        const handled = Promise.resolve()
          .then(() => handleMessage(channel, opened, message))
          .finally(() => inHand.delete(handled))
        inHand.add(handled)
        return handled
      },
      onCancelled: () => kept.reopen(),
    })
    takers = opened
    channel.once('close', () => {
      if (takers === opened) takers = null
    })
    await opened.settle()
  })

  return {
    isConsuming: () => kept.current() !== null && !stopped && (takers?.count() ?? 0) > 0,
    adjust: () => {
      if (wanted() > 0 && holding.signal.aborted) holding = new AbortController()
      void settle()
    },
    stop: async (limitMs, hurry) => {
      stopped = true
      const handled = settle().then(() => Promise.allSettled(inHand))
      // Neither a limit that is reached nor a hurry is a fault: the rest is put back below.
      await pTimeout(handled, { milliseconds: limitMs, ...(hurry ? { signal: hurry } : {}) }).catch(() => undefined)
      aborted.abort()
      await pTimeout(Promise.allSettled(inHand), { milliseconds: ABORT_MS, message: false })
      await kept.close()
    },
  }
}

/** On a channel that was lost there is nothing to acknowledge: the broker has taken the message back. */
function ifOpen(acknowledge: () => void): void {
  try {
    acknowledge()
  } catch (error) {
    if (!(error instanceof Error && error.name === 'IllegalOperationError')) throw error
  }
}

/** For the log only: the ids as far as the message has any. */
function idsOf(message: ConsumeMessage): object {
  try {
    const { mediaId, versionId } = parseJob(message.content)
    return { mediaId, versionId }
  } catch {
    return { messageId: message.properties.messageId, headers: headers.tries in (message.properties.headers ?? {}) }
  }
}
