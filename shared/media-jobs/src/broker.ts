import { connect, type AmqpConnectionManager } from 'amqp-connection-manager'

import type { BrokerLogger } from './broker-logger.ts'
import { keepChannel, type KeptChannel, type ChannelSetup } from './kept-channel.ts'

const HEARTBEAT_SECONDS = 10
const RECONNECT_SECONDS = 1

export interface Broker {
  isConnected(): boolean
  /** Opens a channel that is reopened and set up again whenever it or its connection is lost. */
  keepChannel(setup: ChannelSetup): KeptChannel
  logger: BrokerLogger
  /** Closes the connection and stops reconnecting. */
  close(): Promise<void>
}

/**
 * Connects to the broker, and reconnects until `close()` is called. It does not throw while the broker is unavailable.
 *
 * @param name shown in the broker's management UI
 */
export function connectBroker(options: { url: string; name: string; logger: BrokerLogger }): Broker {
  const { logger } = options
  const connection = connect([options.url], {
    heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
    reconnectTimeInSeconds: RECONNECT_SECONDS,
    connectionOptions: {
      // Nagle's algorithm delays each confirm of a quorum queue by 40 ms.
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

/** Logs one line when the connection is lost and one when it is back, not one for each failed attempt to connect. */
function logChanges(connection: AmqpConnectionManager, logger: BrokerLogger): void {
  let isUnavailable = false
  const logUnavailable = (error: Error | undefined): void => {
    if (isUnavailable) return
    isUnavailable = true
    logger.warn({ event: 'broker.unavailable', error: error?.message })
  }
  connection.on('connect', () => {
    isUnavailable = false
    logger.info({ event: 'broker.connected' })
  })
  connection.on('connectFailed', ({ err }: { err: Error }) => logUnavailable(err))
  connection.on('disconnect', ({ err }: { err: Error }) => logUnavailable(err))
  connection.on('blocked', ({ reason }: { reason: string }) => logger.warn({ event: 'broker.blocked', reason }))
  connection.on('unblocked', () => logger.info({ event: 'broker.unblocked' }))
}
