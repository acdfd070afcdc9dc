import { repeat, type Logger } from '@likeness/service-kit/process'
import pg from 'pg'

/** Interval in milliseconds at which locks that were lost with their connection are acquired again. */
const REACQUIRE_MS = 1_000

/** Interval in milliseconds of the pings, which prevent the session's `idle_session_timeout`. */
const PING_MS = 10_000

/** A worker that hangs, or whose machine is unreachable, loses its locks within 30 s. */
const SESSION_LIMITS = [
  '-c idle_session_timeout=30000',
  '-c tcp_keepalives_idle=10',
  '-c tcp_keepalives_interval=5',
  '-c tcp_keepalives_count=3',
].join(' ')

export interface RenderLocks {
  /**
   * Tries to acquire the lock of a version, without waiting.
   *
   * @returns a function that releases the lock; null when another job holds it
   * @throws Error when the database is unavailable
   */
  tryAcquire(versionId: string): Promise<(() => Promise<void>) | null>
  close(): Promise<void>
}

/**
 * Locks that prevent two workers from rendering the same version at the same time. They are session-level advisory locks
 * of PostgreSQL on a separate connection, so that PostgreSQL releases the locks of a dead worker. After a lost connection
 * the worker acquires its locks again. If another worker was faster, both render the version, which wastes time but does
 * no other harm.
 */
export function openRenderLocks(url: string, options: { applicationName: string; logger: Logger }): RenderLocks {
  const { applicationName, logger } = options
  // A session can acquire its own lock twice and must then release it twice. So this map contains the held locks, each
  // with the connection that holds it.
  const held = new Map<string, pg.Client>()
  const acquiring = new Set<string>()
  let connection: Promise<pg.Client> | null = null

  const connected = (): Promise<pg.Client> => {
    if (connection) return connection
    const connecting = connect(url, applicationName)
    const forget = (): void => {
      if (connection === connecting) connection = null
    }
    connection = connecting
    connecting.then((client) => {
      client.on('error', (error) => logger.warn({ event: 'render-locks.lost', error }))
      client.on('end', forget)
    }, forget)
    return connecting
  }
  /** Uses the connection. If it fails or does not respond in time, it is closed, and its locks are lost. */
  const onConnection = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const connecting = connected()
    const client = await connecting
    try {
      return await work(client)
    } catch (error) {
      // Another caller may have replaced the connection already.
      if (connection === connecting) connection = null
      void client.end().catch(() => undefined)
      throw error
    }
  }
  const reacquire = async (client: pg.Client): Promise<void> => {
    for (const [versionId, holder] of held) {
      if (holder === client || !(await tryLock(client, versionId))) continue
      // If the lock was released meanwhile, `release` unlocks it: its query runs on this connection after the lock's.
      if (held.has(versionId)) held.set(versionId, client)
    }
  }

  const pinging = repeat({
    async work() {
      if (connection) await onConnection(ping)
    },
    everyMs: PING_MS,
    onError: (error) => logger.debug({ event: 'render-locks.not-pinged', error }),
  })
  const reacquiring = repeat({
    async work() {
      if (held.size > 0) await onConnection(reacquire)
    },
    everyMs: REACQUIRE_MS,
    onError: (error) => logger.debug({ event: 'render-locks.not-retaken', error }),
  })

  return {
    tryAcquire: async (versionId) => {
      if (held.has(versionId) || acquiring.has(versionId)) return null
      acquiring.add(versionId)
      try {
        const holder = await onConnection(async (client) => ((await tryLock(client, versionId)) ? client : null))
        if (!holder) return null
        held.set(versionId, holder)
        return () => release(versionId)
      } finally {
        acquiring.delete(versionId)
      }
    },
    close: async () => {
      const stopped = Promise.all([pinging.stop(), reacquiring.stop()])
      const client = await connection?.catch(() => null)
      await client?.end()
      await stopped
    },
  }

  async function release(versionId: string): Promise<void> {
    held.delete(versionId)
    // If the connection that held the lock is lost, the lock is already released.
    await onConnection((client) => unlock(client, versionId)).catch((error: unknown) =>
      logger.warn({ event: 'render-locks.not-released', versionId, error }),
    )
  }
}

async function connect(url: string, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 3_000,
    query_timeout: 4_500,
    keepAlive: true,
    options: SESSION_LIMITS,
  })
  // An error while connecting is thrown by `connect` too.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function ping(client: pg.Client): Promise<void> {
  await client.query('SELECT 1')
}

async function tryLock(client: pg.Client, versionId: string): Promise<boolean> {
  const { rows } = await client.query<{ isAcquired: boolean }>(
    `SELECT pg_try_advisory_lock(hashtextextended('render:' || $1, 0)) AS "isAcquired"`,
    [versionId],
  )
  return rows[0]?.isAcquired ?? false
}

async function unlock(client: pg.Client, versionId: string): Promise<void> {
  await client.query(`SELECT pg_advisory_unlock(hashtextextended('render:' || $1, 0))`, [versionId])
}
