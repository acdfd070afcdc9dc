import type { Broker } from './broker.ts'
import { EXCHANGE, type RenderJob, type RoutingKey } from './contract.ts'
import { publishConfirmed, type Publication } from './publish-confirmed.ts'
import { assertTopology } from './topology.ts'

export interface Publisher {
  /**
   * Publishes a job. `returned` means that it is nowhere: keep it.
   *
   * @param options.messageId what a returned message is known by; unique among those in flight
   * @throws Error at once while the broker is away, after 5 s when it does not confirm; then keep it as well
   */
  publish(routingKey: RoutingKey, payload: RenderJob, options: { messageId: string }): Promise<Publication>
  /** Whether publishing could succeed now: connected, with every queue declared. */
  isReady(): boolean
  close(): Promise<void>
}

/** Opens the way for jobs onto the broker, and declares the queues whenever it connects. */
export function createPublisher(broker: Broker): Publisher {
  const kept = broker.keepChannel(assertTopology)
  return {
    publish: async (routingKey, payload, { messageId }) => {
      const channel = kept.current()
      if (!channel) throw new Error('The broker is away')
      return publishConfirmed(channel, { exchange: EXCHANGE, routingKey }, Buffer.from(JSON.stringify(payload)), {
        messageId,
      })
    },
    isReady: () => kept.current() !== null,
    close: () => kept.close(),
  }
}
