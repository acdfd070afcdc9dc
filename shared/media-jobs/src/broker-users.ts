import { DEAD_QUEUE, EXCHANGE, jobQueue, priorities, retryQueue, retryTiers, routingKeys } from './contract.ts'

/** A user of the broker, with its rights: patterns for the names of exchanges and queues. */
interface BrokerUser {
  name: 'medias-service' | 'media-worker'
  permissions: { configure: string; write: string; read: string }
}

const retryQueues = priorities.flatMap((priority) => retryTiers.map((tier) => retryQueue(priority, tier)))

/** No resource has an empty name. */
const nothing = '^$'

/**
 * The users of production. No user can declare, bind or delete. Neither can publish to the default exchange, which
 * delivers to any queue: all jobs, retries and dead jobs go through one exchange. medias-service publishes jobs, reads
 * dead jobs, and takes messages that never expire from the retry queues. A worker reads jobs, and publishes retries and
 * dead jobs.
 */
export const brokerUsers: readonly BrokerUser[] = [
  {
    name: 'medias-service',
    permissions: { configure: nothing, write: exactly(EXCHANGE), read: exactly(DEAD_QUEUE, ...retryQueues) },
  },
  {
    name: 'media-worker',
    permissions: { configure: nothing, write: exactly(EXCHANGE), read: exactly(...routingKeys.map(jobQueue)) },
  },
]

/** A pattern that matches these names only. RabbitMQ's patterns match any part of a name unless they are anchored. */
function exactly(...names: string[]): string {
  return `^(${names.map((name) => name.replaceAll('.', String.raw`\.`)).join('|')})$`
}
