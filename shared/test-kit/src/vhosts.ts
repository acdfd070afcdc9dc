import { randomBytes } from 'node:crypto'

import { callManagementApi } from '@likeness/local-servers'
import { setUpBroker } from '@likeness/media-jobs'
import { connect } from 'amqplib'

import { readTestServer } from './test-run.ts'

/** A virtual host of one test file, with its own queues and exchanges. It is set up as in production. */
export interface TestVhost {
  /** For an administrator. `logInAs` returns the URL for a user with fewer rights. */
  url: string
  /** Origin of the management API. */
  managementUrl: string
  /** Closes all connections to the virtual host and deletes it with its content. */
  drop(): Promise<void>
}

/** Creates a virtual host in the run's broker. */
export async function createVhost(): Promise<TestVhost> {
  const amqpUrl = readTestServer('amqpUrl')
  const managementUrl = readTestServer('managementUrl')
  const name = `test-${randomBytes(6).toString('hex')}`
  const account = new URL(amqpUrl).username
  await callManagementApi(managementUrl, 'PUT', `/api/vhosts/${name}`, {})
  await callManagementApi(managementUrl, 'PUT', `/api/permissions/${name}/${account}`, {
    configure: '.*',
    write: '.*',
    read: '.*',
  })
  const url = `${amqpUrl}/${name}`
  const { origin } = new URL(managementUrl)
  const passwords = { 'medias-service': 'medias-service', 'media-worker': 'media-worker' }
  await setUpBroker({ url, managementUrl: origin, passwords })
  return {
    url,
    managementUrl: origin,
    drop: async () => {
      await callManagementApi(managementUrl, 'DELETE', `/api/vhosts/${name}`)
    },
  }
}

/**
 * The current number of ready messages in a queue.
 *
 * @throws Error if the queue does not exist
 */
export async function queueDepth(vhost: { url: string }, queue: string): Promise<number> {
  const connection = await connect(vhost.url)
  try {
    const channel = await connection.createChannel()
    // The closed channel also emits the error that the request throws.
    channel.on('error', () => {})
    const { messageCount } = await channel.checkQueue(queue)
    return messageCount
  } finally {
    await connection.close()
  }
}

/** Moves all messages of a queue unchanged to an exchange, as dead-lettering does, without waiting until they expire. */
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
