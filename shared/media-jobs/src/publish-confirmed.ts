import type { ConfirmChannel, Message, Options } from 'amqplib'
import pTimeout from 'p-timeout'

const CONFIRM_MS = 5_000

/** `returned`: the broker accepted the message, but no queue is bound to its routing key, so the message is lost. */
export type Publication = 'confirmed' | 'returned'

type MessageOptions = Options.Publish & { messageId: string }

/**
 * Publishes a persistent, mandatory message and waits for the broker's confirm. The broker returns a message that it cannot
 * route, and then confirms it too. The message id identifies the returned message.
 *
 * @throws Error when the broker rejects the message, the channel is lost, or no confirm arrives within 5 s. The message may
 *   be in the queue nevertheless.
 */
export async function publishConfirmed(
  channel: ConfirmChannel,
  target: { exchange: string; routingKey: string },
  content: Buffer,
  options: MessageOptions,
): Promise<Publication> {
  let returned = false
  const onReturn = (message: Message): void => {
    if (message.properties.messageId === options.messageId) returned = true
  }
  channel.on('return', onReturn)
  try {
    const message = `The broker did not confirm the message within ${CONFIRM_MS} ms`
    await pTimeout(publish(channel, target, content, options), { milliseconds: CONFIRM_MS, message })
    return returned ? 'returned' : 'confirmed'
  } finally {
    channel.off('return', onReturn)
  }
}

function publish(
  channel: ConfirmChannel,
  { exchange, routingKey }: { exchange: string; routingKey: string },
  content: Buffer,
  options: MessageOptions,
): Promise<void> {
  const all = { contentType: 'application/json', persistent: true, mandatory: true, ...options }
  return new Promise((resolve, reject) => {
    channel.publish(exchange, routingKey, content, all, (error: unknown) =>
      error ? reject(toError(error)) : resolve(),
    )
  })
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
