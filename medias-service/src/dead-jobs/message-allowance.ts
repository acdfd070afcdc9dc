import type { Logger, Metrics } from '@likeness/service-kit/process'
import { Counter } from 'prom-client'

/** The number of messages that are not jobs that the table keeps, the newest. Jobs have no such limit. */
export const MOST_MESSAGES = 10_000

/** As long as the pause between two rounds of housekeeping, which deletes the messages above the limit. */
const WINDOW_MS = 10 * 60_000

/** Limits how many messages that are not jobs this process stores. */
export interface MessageAllowance {
  /** Counts a message. @returns false if the message is above the limit and must be dropped */
  take(): boolean
}

interface AllowanceOptions {
  metrics: Metrics
  logger: Pick<Logger, 'error'>
  most?: number
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

/**
 * Creates the allowance of a process: a number of messages in each window of ten minutes. During a flood of messages that
 * are not jobs, the others are dropped without using the database, so that dead jobs behind them do not wait for long.
 */
export function createMessageAllowance(options: AllowanceOptions): MessageAllowance {
  const { metrics, logger, most = MOST_MESSAGES, now = () => performance.now() } = options
  const droppedMessages = new Counter({
    name: 'likeness_dead_messages_dropped_total',
    help: 'Messages of the dead queue that were not jobs, and were dropped because there were too many.',
    registers: [metrics],
  })
  let startedAt = now()
  let taken = 0
  let dropped = 0
  return {
    take() {
      if (now() - startedAt >= WINDOW_MS) {
        if (dropped > 0) logger.error({ event: 'dead-messages.dropped', dropped })
        startedAt = now()
        taken = 0
        dropped = 0
      }
      if (taken < most) {
        taken += 1
        return true
      }
      if (dropped === 0) logger.error({ event: 'dead-messages.dropping', most })
      dropped += 1
      droppedMessages.inc()
      return false
    },
  }
}
