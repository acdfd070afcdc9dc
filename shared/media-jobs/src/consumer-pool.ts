import type { ConfirmChannel, ConsumeMessage } from 'amqplib'

/** Consumers of one queue on one channel, with one message each. */
export interface ConsumerPool {
  count(): number
  /** Starts and cancels consumers until they are as many as are wanted now; those with nothing in hand go first. */
  settle(): Promise<void>
  /** Puts another consumer in the place of the one that holds this message, which stays acknowledgeable. */
  relieve(message: ConsumeMessage): Promise<void>
}

interface ConsumerPoolOptions {
  queue: string
  /** What the broker knows them by, with a number behind it. */
  name: string
  wanted: () => number
  /** Settles when the message is acknowledged or lost. */
  take: (message: ConsumeMessage) => Promise<void>
  /** The broker cancelled one of them: its queue is gone. */
  onCancelled: () => void
}

/**
 * Takes messages by as many consumers as may be in hand, with a prefetch of one each. The prefetch of a living consumer
 * cannot be changed; their number can, and no message moves for it.
 */
export function createConsumerPool(channel: ConfirmChannel, options: ConsumerPoolOptions): ConsumerPool {
  const { queue, name, wanted, take, onCancelled } = options
  const active = new Set<string>()
  const busy = new Set<string>()
  const leaving = new Set<string>()
  let started = 0
  let settled: Promise<void> = channel.prefetch(1).then(() => undefined)

  const start = async (): Promise<void> => {
    const consumerTag = `${name} ${(started += 1)}`
    active.add(consumerTag)
    await channel.consume(
      queue,
      (message) => {
        if (!message) return onCancelled()
        busy.add(consumerTag)
        void take(message).finally(() => busy.delete(consumerTag))
      },
      { consumerTag },
    )
  }
  const leave = (consumerTag: string): void => {
    active.delete(consumerTag)
    leaving.add(consumerTag)
  }
  const settleNow = async (): Promise<void> => {
    const spare = [...active].toSorted((one, other) => Number(busy.has(one)) - Number(busy.has(other)))
    for (const consumerTag of spare.slice(0, Math.max(0, active.size - wanted()))) leave(consumerTag)
    while (active.size < wanted()) await start()
    for (const consumerTag of leaving) {
      leaving.delete(consumerTag)
      await channel.cancel(consumerTag)
    }
  }
  const settle = (): Promise<void> => (settled = settled.then(settleNow))

  return {
    count: () => active.size,
    settle,
    relieve: async ({ fields: { consumerTag } }) => {
      if (!consumerTag || !active.has(consumerTag)) return
      leave(consumerTag)
      await settle()
    },
  }
}
