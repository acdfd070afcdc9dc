import type { Logger } from '@likeness/service-kit/process'
import pg from 'pg'

const RECONNECT_MS = 1_000
const PING_MS = 10_000

/** A worker that froze, or whose machine went away, loses its locks within half a minute. */
const SESSION_LIMITS = [
  '-c idle_session_timeout=30000',
  '-c tcp_keepalives_idle=10',
  '-c tcp_keepalives_interval=5',
  '-c tcp_keepalives_count=3',
].join(' ')

export interface RenderLocks {
  /**
   * Takes the lock of a version, at once or not at all.
   *
   * @returns what gives it back; null when another worker holds it
   * @throws Error when the database is away
   */
  take(versionId: string): Promise<(() => Promise<void>) | null>
  close(): Promise<void>
}

/**
 * Locks that keep two workers from rendering one version at once. They are PostgreSQL's session locks on a connection
 * of their own, so that a dead worker's locks vanish with it. After a lost connection they are taken again; if another
 * worker was faster, both render, which costs time and harms nothing.
 */
export function openRenderLocks(url: string, options: { applicationName: string; logger: Logger }): RenderLocks {
  const { applicationName, logger } = options
  // A session can take its own lock again, and must give it back as often: what is held here is remembered here, with
  // the connection that has it.
  const held = new Map<string, pg.Client>()
  const taking = new Set<string>()
  let connection: Promise<pg.Client> | null = null
  let retaking: NodeJS.Timeout | null = null
  let closed = false

  const connected = (): Promise<pg.Client> => {
    if (connection) return connection
    const connecting = connect(url, applicationName)
    const forget = (): void => {
      if (connection === connecting) connection = null
    }
    connection = connecting
    connecting.then((client) => keepAlive(client, forget), forget)
    return connecting
  }
  /** Keeps the session from ending for want of a question, and takes the locks again when it ends all the same. */
  const keepAlive = (client: pg.Client, forget: () => void): void => {
    const pinging = setInterval(() => void onConnection(ping).catch(() => undefined), PING_MS)
    client.on('error', (error) => logger.warn({ event: 'render-locks.lost', error }))
    client.on('end', () => {
      clearInterval(pinging)
      forget()
      retakeLater()
    })
  }
  const retakeLater = (): void => {
    if (closed || held.size === 0) return
    retaking ??= setTimeout(() => {
      retaking = null
      retake().catch(retakeLater)
    }, RECONNECT_MS)
  }
  const retake = async (): Promise<void> => {
    const client = await connected()
    for (const [versionId, holder] of held) {
      if (holder === client || !(await tryLock(client, versionId))) continue
      if (held.has(versionId)) held.set(versionId, client)
    }
    if ([...held.values()].some((holder) => holder !== client)) retakeLater()
  }
  /** A connection that does not answer in time is ended, and its locks with it. */
  const onConnection = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const connecting = connected()
    const client = await connecting
    try {
      return await work(client)
    } catch (error) {
      // Somebody else may have found it dead before, and there is another one by now.
      if (connection === connecting) connection = null
      void client.end().catch(() => undefined)
      throw error
    }
  }

  return {
    take: async (versionId) => {
      if (held.has(versionId) || taking.has(versionId)) return null
      taking.add(versionId)
      try {
        const holder = await onConnection(async (client) => ((await tryLock(client, versionId)) ? client : null))
        if (!holder) return null
        held.set(versionId, holder)
        return () => release(versionId)
      } finally {
        taking.delete(versionId)
      }
    },
    close: async () => {
      closed = true
      if (retaking) clearTimeout(retaking)
      const client = await connection?.catch(() => null)
      await client?.end()
    },
  }

  async function release(versionId: string): Promise<void> {
    held.delete(versionId)
    // A connection that was lost has let go of it already.
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
  // Before it is connected, what it says is thrown as well.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function ping(client: pg.Client): Promise<void> {
  await client.query('SELECT 1')
}

async function tryLock(client: pg.Client, versionId: string): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    `SELECT pg_try_advisory_lock(hashtextextended('render:' || $1, 0)) AS taken`,
    [versionId],
  )
  return rows[0]?.taken ?? false
}

async function unlock(client: pg.Client, versionId: string): Promise<void> {
  await client.query(`SELECT pg_advisory_unlock(hashtextextended('render:' || $1, 0))`, [versionId])
}
