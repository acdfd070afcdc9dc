import type { RevocationPage } from '@likeness/internal-api'
import { createListener } from '@likeness/postgres'
import { repeat, type BackgroundTask, type Logger } from '@likeness/service-kit/process'

import type { Maindb } from '../maindb.ts'
import { readRevocationSnapshot, readRevocationsSince } from './revocation-rows.ts'

export interface RevocationFeed extends BackgroundTask {
  /**
   * The revocations after the cursor, or a snapshot if there is no cursor. If there are no revocations, waits for the
   * next one, at most `waitSeconds`.
   *
   * @throws {Problem} 422 for an invalid cursor, 503 if the database is unavailable.
   */
  read(after: string | undefined, waitSeconds: number, signal: AbortSignal): Promise<RevocationPage>
}

/** The longest delay after a lost notification. */
const POLL_MS = 1_000

/** The revocation feed in maindb. PostgreSQL's notifications wake waiting readers, which also poll every second. */
export function openRevocationFeed({
  maindb,
  url,
  logger,
}: {
  maindb: Maindb
  url: string
  logger: Logger
}): RevocationFeed {
  const listener = createListener(url, 'revocation', logger)
  const stopping = new AbortController()
  const waiting: (() => void)[] = []

  const wakeAll = () => {
    for (const wake of waiting.splice(0)) wake()
  }
  const polling = repeat({
    work: async () => wakeAll(),
    everyMs: POLL_MS,
    listener,
    onError: (error) => logger.error({ event: 'revocation-feed.failed', error }),
  })

  return {
    async read(after, waitSeconds, signal) {
      if (after === undefined) return readRevocationSnapshot(maindb)
      const end = performance.now() + waitSeconds * 1_000
      for (;;) {
        const page = await readRevocationsSince(maindb, after)
        const isOver = signal.aborted || stopping.signal.aborted || performance.now() >= end
        if (page.entries.length > 0 || isOver) return page
        await new Promise<void>((wake) => waiting.push(wake))
      }
    },
    async stop() {
      stopping.abort()
      await polling.stop()
      wakeAll()
      await listener.stop()
    },
  }
}
