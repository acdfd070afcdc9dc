import { connect, type AmqpConnectionManager } from 'amqp-connection-manager'

import type { BrokerLogger } from './broker-logger.ts'
import { checkTopology } from './check-topology.ts'
import { keepChannel, type KeptChannel, type ChannelSetup } from './kept-channel.ts'
import { limitMessages } from './limit-messages.ts'
import { assertTopology } from './topology.ts'

const HEARTBEAT_SECONDS = 10
const RECONNECT_SECONDS = 1

export interface Broker {
  isConnected(): boolean
  /**
   * Opens a channel that is reopened and set up again whenever it or its connection is lost. Before the setup, it declares
   * or checks the exchange and the queues.
   */
  keepChannel(setup?: ChannelSetup): KeptChannel
  logger: BrokerLogger
  /** Closes the connection and stops reconnecting. */
  close(): Promise<void>
}

/**
 * Connects to the broker, and reconnects until `close()` is called. It does not throw while the broker is unavailable.
 *
 * @param options.topology whether each channel declares the exchange and the queues, or only checks that they exist, which
 *   needs fewer rights; default `declare`
 * @param options.name shown in the broker's management UI
 */
export function connectBroker(options: {
  url: string
  topology?: 'declare' | 'check'
  name: string
  logger: BrokerLogger
}): Broker {
  const { logger, topology = 'declare' } = options
  const prepare = topology === 'check' ? checkTopology : assertTopology
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
  connection.on('connect', () => {
    if (connection.connection) limitMessages(connection.connection)
  })
  logChanges(connection, logger)
  return {
    isConnected: () => connection.isConnected(),
    keepChannel: (setup) =>
      keepChannel(
        connection,
        async (channel) => {
          await prepare(channel)
          await setup?.(channel)
        },
        logger,
      ),
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
