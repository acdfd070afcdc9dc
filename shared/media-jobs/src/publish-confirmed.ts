import type { ConfirmChannel, Message, Options } from 'amqplib'

const CONFIRM_MS = 5_000

/** `returned`: the broker took it and found no queue for it, so it is nowhere. */
export type Publication = 'confirmed' | 'returned'

/**
 * Publishes a persistent, mandatory message and waits for the broker to say where it went. A message that is returned
 * is confirmed as well, after its return, so the two are told apart by the message id.
 *
 * @throws Error when the broker refuses, the channel is lost, or nothing comes within 5 s: whether it arrived is unknown
 */
export function publishConfirmed(
  channel: ConfirmChannel,
  target: { exchange: string; routingKey: string },
  content: Buffer,
  options: Options.Publish & { messageId: string },
): Promise<Publication> {
  return new Promise((resolve, reject) => {
    let returned = false
    const onReturn = (message: Message): void => {
      if (message.properties.messageId === options.messageId) returned = true
    }
    const end = (settle: () => void): void => {
      clearTimeout(limit)
      channel.off('return', onReturn)
      settle()
    }
    const limit = setTimeout(() => end(() => reject(new Error('The broker did not confirm within 5 s'))), CONFIRM_MS)
    channel.on('return', onReturn)
    const all = { contentType: 'application/json', persistent: true, mandatory: true, ...options }
    try {
      channel.publish(target.exchange, target.routingKey, content, all, (error) =>
        end(() => (error ? reject(toError(error)) : resolve(returned ? 'returned' : 'confirmed'))),
      )
    } catch (error) {
      end(() => reject(toError(error)))
    }
  })
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
