import type { AmqpConnectionManager } from 'amqp-connection-manager'
import type { ConfirmChannel } from 'amqplib'
import pTimeout from 'p-timeout'

import type { BrokerLogger } from './broker-logger.ts'

const REOPEN_MS = 1_000

/** The declaration of a queue without a leader never completes. After this time another channel is opened. */
const SETUP_MS = 30_000

/** Declares queues or starts consumers on a new channel. */
export type ChannelSetup = (channel: ConfirmChannel) => Promise<void>

export interface KeptChannel {
  /** The channel after its setup; null while the broker is unavailable. */
  current(): ConfirmChannel | null
  /** Closes the channel and opens a new one, for example after the broker cancelled a consumer. */
  reopen(): void
  close(): Promise<void>
}

/**
 * Keeps a confirm channel open. The wrapper of amqp-connection-manager is not used: it buffers messages while the
 * broker is unavailable, and it does not reopen a channel that the broker closed on an open connection, for example after
 * a consumer timeout.
 */
export function keepChannel(connection: AmqpConnectionManager, setup: ChannelSetup, logger: BrokerLogger): KeptChannel {
  let channel: ConfirmChannel | null = null
  let ready = false
  let closed = false
  let opening = false
  let timer: NodeJS.Timeout | undefined

  const open = async (): Promise<void> => {
    const model = connection.connection
    if (closed || opening || channel || !model) return
    opening = true
    let opened: ConfirmChannel | null = null
    try {
      opened = await model.createConfirmChannel()
      // Each in-flight publication listens for its own return.
      opened.setMaxListeners(0)
      channel = opened
      watch(opened)
      await pTimeout(setup(opened), {
        milliseconds: SETUP_MS,
        message: `The channel was not set up within ${SETUP_MS} ms`,
      })
      ready = channel === opened
    } catch (error) {
      logger.warn({ event: 'broker.channel-failed', error: messageOf(error) })
      if (channel === opened) channel = null
      void opened?.close().catch(() => undefined)
    } finally {
      opening = false
    }
    if (!channel) openLater()
  }

  const watch = (opened: ConfirmChannel): void => {
    opened.on('error', (error) => logger.warn({ event: 'broker.channel-error', error: error.message }))
    opened.on('close', () => {
      if (channel !== opened) return
      channel = null
      ready = false
      openLater()
    })
  }

  const openLater = (): void => {
    if (closed || timer) return
    timer = setTimeout(() => {
      timer = undefined
      void open()
    }, REOPEN_MS)
  }

  const onConnect = (): void => void open()
  const onDisconnect = (): void => {
    channel = null
    ready = false
  }
  connection.on('connect', onConnect)
  connection.on('disconnect', onDisconnect)
  void open()

  return {
    current: () => (ready ? channel : null),
    reopen: () => void channel?.close().catch(() => undefined),
    close: async () => {
      closed = true
      clearTimeout(timer)
      connection.off('connect', onConnect)
      connection.off('disconnect', onDisconnect)
      const last = channel
      channel = null
      ready = false
      // The channel may be closed already.
      await last?.close().catch(() => undefined)
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
