import type { Channel } from 'amqplib'

import { DEAD_QUEUE, EXCHANGE, jobQueue, priorities, retryQueue, retryTiers, routingKeys } from './contract.ts'

/** AMQP's NOT_FOUND. */
const NOT_FOUND = 404

/**
 * Checks that the exchange and every queue exist, which needs no rights. It cannot check their arguments and bindings.
 *
 * @throws Error when one of them does not exist, or the connection is lost
 */
export async function checkTopology(channel: Channel): Promise<void> {
  await check(`exchange ${EXCHANGE}`, () => channel.checkExchange(EXCHANGE))
  for (const queue of queueNames()) await check(`queue ${queue}`, () => channel.checkQueue(queue))
}

function queueNames(): string[] {
  const retryQueues = priorities.flatMap((priority) => retryTiers.map((tier) => retryQueue(priority, tier)))
  return [DEAD_QUEUE, ...routingKeys.map(jobQueue), ...retryQueues]
}

async function check(what: string, request: () => Promise<unknown>): Promise<void> {
  try {
    await request()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === NOT_FOUND)) throw error
    throw new Error(`The ${what} does not exist. Set up the broker (docs/operations.md, section Broker).`, {
      cause: error,
    })
  }
}
