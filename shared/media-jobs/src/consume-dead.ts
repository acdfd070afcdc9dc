import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import pTimeout from 'p-timeout'

import type { Broker } from './broker.ts'
import type { Consumer } from './consume-jobs.ts'
import { createConsumerPool, type ConsumerPool } from './consumer-pool.ts'
import { DEAD_QUEUE } from './contract.ts'
import { deadJobOf, type DeadJob } from './dead-job.ts'
import { ERROR_CHARACTERS } from './failed-outcome.ts'
import { cleanText } from './message-text.ts'
import { TransientError } from './outcomes.ts'

/** Fewer than the connections to the database, so that requests do not wait behind many dead jobs. */
const PREFETCH = 5

/** The pause after a failure doubles, up to the longest. */
const PAUSE_MS = 250
const MAX_PAUSE_MS = 10_000

/** After as many failures of its own, a message that is not a job is dropped. The pauses between them take 4 s. */
const MAX_FAILURES = 5

/** Most messages that wait after a failure of their own while other messages are consumed. */
const MAX_WAITING = 100

interface ConsumeDeadOptions {
  /**
   * Stores a dead job.
   *
   * @param failures number of earlier failures that were not a TransientError
   * @throws TransientError when no message can be stored now, for example because the database is unavailable
   */
  handle: (dead: DeadJob, failures: number) => Promise<void>
}

/**
 * Consumes media.jobs.dead: handles a message, then acknowledges it. If the handler throws, it is called again after a
 * pause. After a TransientError, no other message is consumed in place of the message. After another error, the fault may
 * be in the message, so other messages are consumed during the pause. A job is retried without limit, so that no job is
 * lost. A message that is not a job is dropped after five such errors.
 */
export function consumeDead(broker: Broker, options: ConsumeDeadOptions): Consumer {
  const { logger } = broker
  const stopping = new AbortController()
  const inFlight = new Set<Promise<void>>()
  let pool: ConsumerPool | null = null
  let waiting = 0

  const store = async (message: ConsumeMessage, from: ConsumerPool, ended: AbortSignal): Promise<void> => {
    const dead = deadJobOf(message)
    let failures = 0
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      try {
        return await options.handle(dead, failures)
      } catch (error) {
        const isOwn = !(error instanceof TransientError)
        if (isOwn) failures += 1
        logger.warn({ event: 'dead-job.not-taken', deadJobId: dead.id, failures, error: textOf(error) })
        if (!dead.isJob && failures >= MAX_FAILURES) {
          const { id: deadJobId, code, reason, payload } = dead
          return logger.error({ event: 'dead-job.dropped', deadJobId, code, reason, payload, error: textOf(error) })
        }
        await (isOwn ? waitAside(from, message, pauseMs, ended) : sleep(pauseMs, undefined, { signal: ended }))
      }
    }
  }

  /** Waits while another message is consumed in place of this message. */
  const waitAside = async (
    from: ConsumerPool,
    message: ConsumeMessage,
    pauseMs: number,
    ended: AbortSignal,
  ): Promise<void> => {
    waiting += 1
    try {
      if (waiting <= MAX_WAITING) await from.replaceConsumerOf(message).catch(() => kept.reopen())
      await sleep(pauseMs, undefined, { signal: ended })
    } finally {
      waiting -= 1
    }
  }

  const handleMessage = async (
    channel: ConfirmChannel,
    from: ConsumerPool,
    message: ConsumeMessage,
    ended: AbortSignal,
  ): Promise<void> => {
    try {
      await store(message, from, ended)
      channel.ack(message)
    } catch (error) {
      // When the channel ends, the broker requeues the message.
      if (!ended.aborted) logger.error({ event: 'dead-job.not-settled', error: textOf(error) })
    }
  }

  const kept = broker.keepChannel(async (channel) => {
    if (stopping.signal.aborted) return
    const closed = new AbortController()
    channel.once('close', () => closed.abort())
    const ended = AbortSignal.any([stopping.signal, closed.signal])
    // Each waiting message listens.
    setMaxListeners(0, ended)
    const opened = createConsumerPool(channel, {
      queue: DEAD_QUEUE,
      name: 'dead',
      wanted: () => (stopping.signal.aborted ? 0 : PREFETCH),
      onMessage: (message) => {
        const handled = handleMessage(channel, opened, message, ended).finally(() => inFlight.delete(handled))
        inFlight.add(handled)
        return handled
      },
      onCancelled: () => kept.reopen(),
    })
    pool = opened
    await opened.adjust()
  })

  return {
    isConsuming: () => kept.current() !== null && !stopping.signal.aborted,
    stop: async (limitMs) => {
      stopping.abort()
      await pool?.adjust().catch(() => undefined)
      await pTimeout(Promise.allSettled(inFlight), { milliseconds: limitMs, message: false })
      await kept.close()
    },
  }
}

function textOf(error: unknown): string {
  return cleanText(String(error), ERROR_CHARACTERS)
}
