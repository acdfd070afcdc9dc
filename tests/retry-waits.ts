import { EXCHANGE, priorities, retryQueue, retryTiers } from '@likeness/media-jobs'
import { moveMessages } from '@likeness/test-kit'

/**
 * Ends the wait of every job that waits for its next try. It moves the job to the queue to which the broker would move it
 * later. A test of shared/media-jobs covers that the broker does so in time.
 */
export async function endRetryWaits(amqpUrl: string): Promise<void> {
  for (const routingKey of priorities) {
    for (const tier of retryTiers) {
      await moveMessages(amqpUrl, { from: retryQueue(routingKey, tier), exchange: EXCHANGE, routingKey })
    }
  }
}
