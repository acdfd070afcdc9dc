import { connect, type AmqpConnectionManager } from 'amqp-connection-manager'

import type { BrokerLogger } from './broker-logger.ts'
import { keepChannel, type KeptChannel, type ChannelSetup } from './kept-channel.ts'

const HEARTBEAT_SECONDS = 10
const RECONNECT_SECONDS = 1

export interface Broker {
  isConnected(): boolean
  /** A channel that is opened again, and set up again, whenever it or its connection was lost. */
  keepChannel(setup: ChannelSetup): KeptChannel
  logger: BrokerLogger
  /** Ends the connection and gives up healing. */
  close(): Promise<void>
}

/**
 * Keeps a connection to the broker, for ever: it does not throw because the broker is away, it comes back with it.
 *
 * @param name shown by the broker's management
 */
export function connectBroker(options: { url: string; name: string; logger: BrokerLogger }): Broker {
  const { logger } = options
  const connection = connect([options.url], {
    heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
    reconnectTimeInSeconds: RECONNECT_SECONDS,
    connectionOptions: {
      // Nagle costs 40 ms for each confirm on a quorum queue.
      noDelay: true,
      timeout: 5_000,
      clientProperties: { connection_name: options.name },
    },
  })
  logChanges(connection, logger)
  return {
    isConnected: () => connection.isConnected(),
    keepChannel: (setup) => keepChannel(connection, setup, logger),
    logger,
    close: () => connection.close(),
  }
}

/** One line when the broker goes and one when it comes, however often connecting fails in between. */
function logChanges(connection: AmqpConnectionManager, logger: BrokerLogger): void {
  let away = false
  const tellAway = (error: Error | undefined): void => {
    if (away) return
    away = true
    logger.warn({ event: 'broker.away', error: error?.message })
  }
  connection.on('connect', () => {
    away = false
    logger.info({ event: 'broker.connected' })
  })
  connection.on('connectFailed', ({ err }: { err: Error }) => tellAway(err))
  connection.on('disconnect', ({ err }: { err: Error }) => tellAway(err))
  connection.on('blocked', ({ reason }: { reason: string }) => logger.warn({ event: 'broker.blocked', reason }))
  connection.on('unblocked', () => logger.info({ event: 'broker.unblocked' }))
}
