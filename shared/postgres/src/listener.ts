import { once } from 'node:events'

import { type Logger, timeLimit } from '@likeness/service-kit/process'
import pg from 'pg'

export interface Listener {
  /**
   * Resolves at the next ring, or immediately after a ring that nobody waited for; at the latest after `limitMs`, or on
   * abort.
   */
  wait(limitMs: number, signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

const RECONNECT_MS = 1_000

/**
 * Rings when PostgreSQL notifies a channel. A ring is a hint that shortens a wait. It can be lost with its connection,
 * so a caller must also look without a ring after a while.
 */
export function createListener(databaseUrl: string, channel: string, logger: Logger): Listener {
  const rings = new EventTarget()
  let rung = false
  let stopped = false
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined

  const ring = () => {
    rung = true
    rings.dispatchEvent(new Event('ring'))
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
    listening.on('notification', ring)
    listening.on('error', (error) => logger.debug({ event: 'listener.connection-lost', channel, error }))
    listening.once('end', connectAgain)
    listening
      .connect()
      .then(() => listening.query(`LISTEN ${pg.escapeIdentifier(channel)}`))
      // Notifications were lost while the connection was away: ring once, so that callers look.
      .then(ring)
      .catch((error: unknown) => {
        logger.debug({ event: 'listener.not-connected', channel, error })
        listening.end().catch(() => undefined)
      })
  }

  connect()
  return {
    async wait(limitMs, signal) {
      if (!rung && !signal.aborted) {
        const limit = timeLimit(limitMs, signal)
        await once(rings, 'ring', { signal: limit }).catch(() => undefined)
      }
      rung = false
    },
    async stop() {
      stopped = true
      clearTimeout(retry)
      await client?.end()
    },
  }
}
