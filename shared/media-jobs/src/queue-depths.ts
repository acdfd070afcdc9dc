import type { ConfirmChannel } from 'amqplib'
import pTimeout from 'p-timeout'

import type { Broker } from './broker.ts'
import { jobQueue, priorities, priorityOf, retryQueue, retryTiers, routingKeys, type Priority } from './contract.ts'

/** A working broker responds within milliseconds. */
const RESPONSE_MS = 1_000

/** Number of messages of a priority that are ready for a worker, in all its queues, and that wait for a retry. */
export interface QueueDepth {
  queue: Priority
  waiting: number
  retrying: number
}

export interface QueueDepths {
  /** Null when the broker is unavailable or does not respond within a second. */
  read(): Promise<QueueDepth[] | null>
  close(): Promise<void>
}

/** Counts messages by passive declares, on a separate channel. Concurrent calls share one count. */
export function createQueueDepths(broker: Broker): QueueDepths {
  const kept = broker.keepChannel()
  let reading: Promise<QueueDepth[] | null> | undefined

  async function readOnce(): Promise<QueueDepth[] | null> {
    const channel = kept.current()
    if (!channel) return null
    const depths = await pTimeout(readDepths(channel), { milliseconds: RESPONSE_MS }).catch(() => null)
    // The pending request would delay the next request on this channel.
    if (!depths) kept.reopen()
    return depths
  }

  return {
    read: () => (reading ??= readOnce().finally(() => (reading = undefined))),
    close: () => kept.close(),
  }
}

async function readDepths(channel: ConfirmChannel): Promise<QueueDepth[]> {
  const countAll = async (queues: string[]): Promise<number> => {
    const counts = await Promise.all(queues.map((queue) => channel.checkQueue(queue)))
    return counts.reduce((sum, { messageCount }) => sum + messageCount, 0)
  }
  return Promise.all(
    priorities.map(async (priority) => {
      const [waiting, retrying] = await Promise.all([
        countAll(routingKeys.filter((key) => priorityOf(key) === priority).map(jobQueue)),
        countAll(retryTiers.map((tier) => retryQueue(priority, tier))),
      ])
      return { queue: priority, waiting, retrying }
    }),
  )
}
