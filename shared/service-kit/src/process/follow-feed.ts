import type { BackgroundTask } from './lifecycle.ts'
import type { Logger } from './logger.ts'
import { Problem } from './problem.ts'
import { reasonOf } from './reason-of.ts'
import { repeat } from './repeat.ts'

/** Seconds for which the called service may wait for new entries. */
const WAIT_SECONDS = 10
/** Pause after each page, to limit the load of a feed that always has new entries. */
const PAUSE_MS = 200
const RETRY_MS = 1_000
const FIRST_RETRY_MS = 200
/** Time after the start in which no warning is logged, because the called service may still be starting. */
const START_MS = 10_000

interface FeedOptions<Page extends { cursor: string }> {
  /** The first part of the log events: `revocations` logs `revocations.unavailable` and `revocations.caught-up`. */
  name: string
  /**
   * Reads the entries since a cursor, or a snapshot without a cursor. Waits up to `waitSeconds` for new entries.
   *
   * @throws {Problem} 422 if the feed does not know the cursor (any more)
   */
  read(after: string | undefined, waitSeconds: number, signal: AbortSignal): Promise<Page>
  /**
   * Applies a page. If it throws, the same page is read again.
   *
   * @param after the cursor that the page follows; undefined for a snapshot
   */
  apply(page: Page, after: string | undefined): Promise<void> | void
  logger: Pick<Logger, 'info' | 'warn' | 'error'>
}

export interface FeedFollower extends BackgroundTask {
  /** Seconds since a page was applied; infinite before the first one. */
  secondsSinceRead(): number
  /** Whether the last read failed. */
  isUnavailable(): boolean
}

/**
 * Follows a feed of another service until it is stopped. It reads a snapshot first, then the new entries. While the feed
 * cannot be read, the follower retries and logs one warning. Afterwards it continues from its cursor.
 */
export function followFeed<Page extends { cursor: string }>({
  name,
  read,
  apply,
  logger,
}: FeedOptions<Page>): FeedFollower {
  const startedAt = performance.now()
  let readAt: number | undefined
  let cursor: string | undefined
  let isUnavailable = false
  let isReported = false

  async function readOnce(stopping: AbortSignal): Promise<number> {
    try {
      const page = await read(cursor, cursor === undefined ? 0 : WAIT_SECONDS, stopping)
      await apply(page, cursor)
      cursor = page.cursor
      readAt = performance.now()
      if (isReported) logger.info({ event: `${name}.caught-up` })
      isUnavailable = false
      isReported = false
      return PAUSE_MS
    } catch (error) {
      if (!stopping.aborted) reportError(error)
      return readAt === undefined ? FIRST_RETRY_MS : RETRY_MS
    }
  }

  function reportError(error: unknown): void {
    isUnavailable = true
    const isStarting = readAt === undefined && performance.now() - startedAt < START_MS
    if (!isReported && !isStarting) {
      // Without the error: a line with the error of a known outage would be logged at `debug` only.
      logger.warn({ event: `${name}.unavailable`, reason: reasonOf(error) })
      isReported = true
    }
    // The feed does not know the cursor, for example after its database was restored, so a snapshot must be read again.
    if (error instanceof Problem && error.status === 422) cursor = undefined
  }

  const following = repeat({
    work: readOnce,
    everyMs: RETRY_MS,
    onError: (error) => logger.error({ event: `${name}.failed`, error }),
  })
  return {
    secondsSinceRead: () => (readAt === undefined ? Number.POSITIVE_INFINITY : (performance.now() - readAt) / 1_000),
    isUnavailable: () => isUnavailable,
    stop: following.stop,
  }
}
