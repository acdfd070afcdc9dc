import { once } from 'node:events'

import { type Logger, timeLimit } from '@likeness/service-kit/process'
import pg from 'pg'

export interface Listener {
  /**
   * Resolves at the next notification, or immediately if one arrived since the last call. It also resolves after `limitMs`
   * and on abort.
   */
  wait(limitMs: number, signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

const RECONNECT_MS = 1_000

/**
 * Listens for the notifications of a PostgreSQL channel. A notification is a hint that shortens a wait. It can be lost with
 * the connection, so a caller must also check at regular intervals.
 */
export function createListener(databaseUrl: string, channel: string, logger: Logger): Listener {
  const notifications = new EventTarget()
  let isPending = false
  let stopped = false
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined

  const notify = () => {
    isPending = true
    notifications.dispatchEvent(new Event('notification'))
  }

  function connectAgain(): void {
    client = undefined
    if (stopped) return
    retry = setTimeout(connect, RECONNECT_MS)
  }

  function connect(): void {
    const listening = new pg.Client({
      connectionString: databaseUrl,
      application_name: `listen ${channel}`,
      keepAlive: true,
    })
    client = listening
    listening.on('notification', notify)
    listening.on('error', (error) => logger.debug({ event: 'listener.connection-lost', channel, error }))
    listening.once('end', connectAgain)
    listening
      .connect()
      .then(() => listening.query(`LISTEN ${pg.escapeIdentifier(channel)}`))
      // Notifications can have been lost while there was no connection, so callers must check once.
      .then(notify)
      .catch((error: unknown) => {
        logger.debug({ event: 'listener.not-connected', channel, error })
        listening.end().catch(() => undefined)
      })
  }

  connect()
  return {
    async wait(limitMs, signal) {
      if (!isPending && !signal.aborted) {
        const limit = timeLimit(limitMs, signal)
        await once(notifications, 'notification', { signal: limit }).catch(() => undefined)
      }
      isPending = false
    },
    async stop() {
      stopped = true
      clearTimeout(retry)
      await client?.end()
    },
  }
}
