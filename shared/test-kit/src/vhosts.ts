import { randomBytes } from 'node:crypto'

import { askManagement } from '@likeness/local-servers'
import { connect } from 'amqplib'

import { readTestServer } from './test-run.ts'

/** A virtual host of one suite: queues and exchanges of its own. */
export interface TestVhost {
  url: string
  /** Cuts whoever is still connected, and drops it with all that is in it. */
  drop(): Promise<void>
}

/** Makes a virtual host in the run's broker. */
export async function createVhost(): Promise<TestVhost> {
  const amqpUrl = readTestServer('amqpUrl')
  const managementUrl = readTestServer('managementUrl')
  const name = `test-${randomBytes(6).toString('hex')}`
  const account = new URL(amqpUrl).username
  await askManagement(managementUrl, 'PUT', `/api/vhosts/${name}`, {})
  await askManagement(managementUrl, 'PUT', `/api/permissions/${name}/${account}`, {
    configure: '.*',
    write: '.*',
    read: '.*',
  })
  return {
    url: `${amqpUrl}/${name}`,
    drop: async () => {
      await askManagement(managementUrl, 'DELETE', `/api/vhosts/${name}`)
    },
  }
}

/**
 * How many messages of a queue are ready to be delivered, by the queue's own count of this moment.
 *
 * @throws Error when there is no such queue
 */
export async function queueDepth(vhost: { url: string }, queue: string): Promise<number> {
  const connection = await connect(vhost.url)
  try {
    const channel = await connection.createChannel()
    // Said by a closing channel as well as by the refused question, which is thrown.
    channel.on('error', () => {})
    const { messageCount } = await channel.checkQueue(queue)
    return messageCount
  } finally {
    await connection.close()
  }
}

/** Moves all messages of a queue, as they are, to an exchange: dead-lettering without the wait for their expiration. */
export async function moveMessages(
  url: string,
  { from, exchange, routingKey }: { from: string; exchange: string; routingKey: string },
): Promise<void> {
  const connection = await connect(url)
  try {
    const channel = await connection.createConfirmChannel()
    for (;;) {
      const message = await channel.get(from)
      if (!message) break
      const { expiration: _over, ...properties } = message.properties
      channel.publish(exchange, routingKey, message.content, { ...properties, mandatory: true })
      await channel.waitForConfirms()
      channel.ack(message)
    }
    await channel.close()
  } finally {
    await connection.close()
  }
}
