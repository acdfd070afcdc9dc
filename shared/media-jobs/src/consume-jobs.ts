import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from './broker.ts'
import { headers, jobQueue, parseJob, type RenderJob, type RoutingKey } from './contract.ts'
import { GivenBackError } from './outcomes.ts'
import { failedOutcome, triesOf, type Failure } from './failed-outcome.ts'
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
  /** Aborts when the consumer begins to stop: what has not begun should throw a GivenBackError. */
  stopping: AbortSignal
  /** Aborts when the time for stopping is over: whatever runs should end with a GivenBackError. */
  aborted: AbortSignal
}

export interface Consumer {
  /** Whether messages could come now. */
  isConsuming(): boolean
  /** Takes no more jobs, waits for those in hand up to the limit, and gives the rest back. */
  stop(limitMs: number): Promise<void>
}

interface ConsumeJobsOptions {
  routingKey: RoutingKey
  /** Most jobs in hand at once, read whenever the channel opens; 0 takes none. */
  prefetch: () => number
  /** Names this process in what is told of a failed try. */
  worker: string
  /**
   * Does the job. Throwing a PermanentError ends it in media.jobs.dead, a GivenBackError puts it back as it was, and
   * anything else tries it again later.
   */
  handle: (inHand: JobInHand) => Promise<void>
}

/**
 * Consumes jobs: parse, validate, handle, ack. A job is acknowledged only after it was done, or after the broker has
 * confirmed its next try or its end; if the connection is lost midway, it comes back by itself.
 */
export function consumeJobs(broker: Broker, options: ConsumeJobsOptions): Consumer {
  const { routingKey } = options
  const stopping = new AbortController()
  const aborted = new AbortController()
  const inHand = new Set<Promise<void>>()
  let consumerTag: string | null = null

  const handleMessage = async (channel: ConfirmChannel, message: ConsumeMessage): Promise<void> => {
    const startedAt = new Date()
    try {
      const job = parseJob(message.content)
      const tries = triesOf(message)
      await options.handle({ job, routingKey, tries, stopping: stopping.signal, aborted: aborted.signal })
    } catch (error) {
      return settleFailure(channel, message, { error, startedAt, worker: options.worker, routingKey })
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
      ifOpen(() => channel.nack(message, false, true))
    }
  }

  const kept = broker.keepChannel(async (channel) => {
    await assertTopology(channel)
    const prefetch = options.prefetch()
    if (stopping.signal.aborted || prefetch < 1) return
    await channel.prefetch(prefetch)
    const consume = await channel.consume(jobQueue(routingKey), (message) => {
      if (!message) return kept.reopen()
      const handled = handleMessage(channel, message).finally(() => inHand.delete(handled))
      inHand.add(handled)
    })
    consumerTag = consume.consumerTag
  })

  return {
    isConsuming: () => kept.current() !== null && !stopping.signal.aborted,
    stop: async (limitMs) => {
      stopping.abort()
      const tag = consumerTag
      if (tag)
        await kept
          .current()
          ?.cancel(tag)
          .catch(() => undefined)
      await withinLimit(Promise.allSettled(inHand), limitMs)
      aborted.abort()
      await withinLimit(Promise.allSettled(inHand), ABORT_MS)
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

async function withinLimit(work: Promise<unknown>, limitMs: number): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, sleep(limitMs, undefined, { signal: done.signal }).catch(() => undefined)])
  done.abort()
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
