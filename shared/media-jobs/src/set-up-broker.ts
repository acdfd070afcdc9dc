import { connect } from 'amqplib'
import pTimeout from 'p-timeout'

import { putToManagement } from './broker-management.ts'
import { brokerUsers } from './broker-users.ts'
import { assertTopology } from './topology.ts'

/** The declaration of a queue without a leader never completes. */
const DECLARE_MS = 30_000

interface BrokerSetup {
  /** For a user with every right in the virtual host; to create users, an administrator. */
  url: string
  /** Origin of the management API. Without it, no users are created. */
  managementUrl?: string | undefined
  /** The passwords of the users. A user without a password is not changed. */
  passwords: Partial<Record<(typeof brokerUsers)[number]['name'], string | undefined>>
}

/**
 * Declares the exchange and the queues, and creates the users with their passwords and rights. Idempotent: it changes
 * existing users and leaves messages as they are.
 *
 * @returns the names of the users that it created or changed
 * @throws Error when the broker or its management API cannot be used
 */
export async function setUpBroker({ url, managementUrl, passwords }: BrokerSetup): Promise<string[]> {
  await declareTopology(url)
  if (!managementUrl) return []
  const { username, password, pathname } = new URL(url)
  // RabbitMQ's default user, which AMQP clients use too if the URL has no user.
  const [user, secret] = username ? [decodeURIComponent(username), decodeURIComponent(password)] : ['guest', 'guest']
  const management = { url: managementUrl, user, password: secret }
  const vhost = encodeURIComponent(decodeURIComponent(pathname.slice(1)) || '/')
  const users = brokerUsers.filter(({ name }) => passwords[name])
  for (const { name, permissions } of users) {
    // Without tags, a user cannot use the management API.
    await putToManagement(management, `/api/users/${name}`, { password: passwords[name], tags: '' })
    await putToManagement(management, `/api/permissions/${vhost}/${name}`, permissions)
  }
  return users.map(({ name }) => name)
}

async function declareTopology(url: string): Promise<void> {
  const connection = await connect(url, { timeout: 5_000 })
  // An error also rejects the pending request.
  connection.on('error', () => undefined)
  try {
    const channel = await connection.createChannel()
    channel.on('error', () => undefined)
    await pTimeout(assertTopology(channel), {
      milliseconds: DECLARE_MS,
      message: `The broker did not declare the queues within ${DECLARE_MS} ms`,
    })
  } finally {
    await connection.close().catch(() => undefined)
  }
}
