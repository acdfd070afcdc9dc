import type { ConfirmChannel } from 'amqplib'
import pTimeout from 'p-timeout'

import type { Broker } from './broker.ts'
import { jobQueue, retryQueue, retryTiers, routingKeys, type RoutingKey } from './contract.ts'
import { assertTopology } from './topology.ts'

/** A working broker responds within milliseconds. */
const RESPONSE_MS = 1_000

/** Number of messages of a queue that are ready for a worker, and that wait for a retry. */
export interface QueueDepth {
  queue: RoutingKey
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
  const kept = broker.keepChannel(assertTopology)
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
  const count = async (queue: string): Promise<number> => (await channel.checkQueue(queue)).messageCount
  return Promise.all(
    routingKeys.map(async (queue) => {
      const [waiting = 0, ...retrying] = await Promise.all(
        [jobQueue(queue), ...retryTiers.map((tier) => retryQueue(queue, tier))].map(count),
      )
      return { queue, waiting, retrying: retrying.reduce((sum, each) => sum + each, 0) }
    }),
  )
}
