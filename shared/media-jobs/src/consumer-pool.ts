import type { ConfirmChannel, ConsumeMessage } from 'amqplib'

/** Consumers of one queue on one channel, each with at most one message. */
export interface ConsumerPool {
  count(): number
  /** Starts or cancels consumers until their number is `wanted()`. Idle consumers are cancelled first. */
  adjust(): Promise<void>
  /** Replaces the consumer of this message by a new consumer. The message can still be acknowledged. */
  replaceConsumerOf(message: ConsumeMessage): Promise<void>
}

interface ConsumerPoolOptions {
  queue: string
  /** The consumer tags are this name and a number. */
  name: string
  wanted: () => number
  /** Settles when the message is acknowledged or lost. */
  onMessage: (message: ConsumeMessage) => Promise<void>
  /** Called when the broker cancels a consumer, because the queue was deleted. */
  onCancelled: () => void
}

/**
 * Uses one consumer, with a prefetch of one, for each allowed in-flight message. The prefetch of an existing consumer
 * cannot be changed, but the number of consumers can, without redelivering a message.
 */
export function createConsumerPool(channel: ConfirmChannel, options: ConsumerPoolOptions): ConsumerPool {
  const { queue, name, wanted, onMessage, onCancelled } = options
  const active = new Set<string>()
  const busy = new Set<string>()
  const toCancel = new Set<string>()
  let started = 0
  let adjusted: Promise<void> = channel.prefetch(1).then(() => undefined)

  const start = async (): Promise<void> => {
    const consumerTag = `${name} ${(started += 1)}`
    active.add(consumerTag)
    await channel.consume(
      queue,
      (message) => {
        if (!message) return onCancelled()
        busy.add(consumerTag)
        void onMessage(message).finally(() => busy.delete(consumerTag))
      },
      { consumerTag },
    )
  }
  const deactivate = (consumerTag: string): void => {
    active.delete(consumerTag)
    toCancel.add(consumerTag)
  }
  const adjustNow = async (): Promise<void> => {
    const idleFirst = [...active].toSorted((one, other) => Number(busy.has(one)) - Number(busy.has(other)))
    for (const consumerTag of idleFirst.slice(0, Math.max(0, active.size - wanted()))) deactivate(consumerTag)
    while (active.size < wanted()) await start()
    for (const consumerTag of toCancel) {
      toCancel.delete(consumerTag)
      await channel.cancel(consumerTag)
    }
  }
  const adjust = (): Promise<void> => (adjusted = adjusted.then(adjustNow))

  return {
    count: () => active.size,
    adjust,
    replaceConsumerOf: async ({ fields: { consumerTag } }) => {
      if (!consumerTag || !active.has(consumerTag)) return
      deactivate(consumerTag)
      await adjust()
    },
  }
}
