import pTimeout from 'p-timeout'

import type { Broker } from './broker.ts'
import { EXCHANGE, jobQueue, type Job, type RoutingKey } from './contract.ts'
import { publishConfirmed, type Publication } from './publish-confirmed.ts'

/** As for a publication. A working broker responds within milliseconds. */
const RESPONSE_MS = 5_000

export interface Publisher {
  /**
   * Publishes a job. If the result is `returned`, the job is in no queue, and the caller must keep it.
   *
   * @param options.messageId identifies a returned message; unique among the in-flight messages
   * @throws Error at once while the broker is unavailable, and after 5 s without a confirm. The caller must keep the job.
   */
  publish(routingKey: RoutingKey, payload: Job, options: { messageId: string }): Promise<Publication>
  /**
   * Counts the messages in a job queue that no consumer has received, and its consumers.
   *
   * @throws Error while the broker is unavailable, and after 5 s without a response
   */
  count(routingKey: RoutingKey): Promise<{ messages: number; consumers: number }>
  /** Whether publishing can succeed: the broker is connected and every queue exists. */
  isReady(): boolean
  close(): Promise<void>
}

/** Creates a publisher of jobs. */
export function createPublisher(broker: Broker): Publisher {
  const kept = broker.keepChannel()
  return {
    publish: async (routingKey, payload, { messageId }) => {
      const channel = kept.current()
      if (!channel) throw new Error('The broker is unavailable')
      return publishConfirmed(channel, { exchange: EXCHANGE, routingKey }, Buffer.from(JSON.stringify(payload)), {
        messageId,
      })
    },
    count: async (routingKey) => {
      const channel = kept.current()
      if (!channel) throw new Error('The broker is unavailable')
      const counted = await pTimeout(channel.checkQueue(jobQueue(routingKey)), { milliseconds: RESPONSE_MS })
      return { messages: counted.messageCount, consumers: counted.consumerCount }
    },
    isReady: () => kept.current() !== null,
    close: () => kept.close(),
  }
}
