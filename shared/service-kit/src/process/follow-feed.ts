import type { BackgroundTask } from './lifecycle.ts'
import type { Logger } from './logger.ts'
import { Problem } from './problem.ts'
import { repeat } from './repeat.ts'

/** Seconds that the service that answers may wait for news. */
const WAIT_SECONDS = 10
/** Pause after each page, so that a feed that always has news does not become a load. */
const BREATH_MS = 200
const RETRY_MS = 1_000
const FIRST_RETRY_MS = 200
/** Services start together: the answering service may listen a moment later, which needs no warning. */
const START_MS = 10_000

interface FeedOptions<Page extends { cursor: string }> {
  /** The first part of the log events: `revocations` logs `revocations.unavailable` and `revocations.caught-up`. */
  name: string
  /**
   * Reads the news since a cursor, or a snapshot without one. Waits up to `waitSeconds` for news.
   *
   * @throws {Problem} 422 for a cursor that the feed does not know (any more)
   */
  read(after: string | undefined, waitSeconds: number, signal: AbortSignal): Promise<Page>
  /**
   * Applies a page. When it throws, the same page is read again.
   *
   * @param after the cursor that the page follows; undefined for a snapshot
   */
  take(page: Page, after: string | undefined): Promise<void> | void
  logger: Pick<Logger, 'info' | 'warn' | 'error'>
}

export interface FeedFollower extends BackgroundTask {
  /** Seconds since a page was applied; infinite before the first one. */
  secondsSinceRead(): number
  /** Whether the last reading failed. */
  isAway(): boolean
}

/**
 * Follows a feed of another service until it is stopped: first a snapshot, then the news. While the feed is
 * unreadable, the follower retries and logs one warning. It goes on from its cursor afterwards.
 */
export function followFeed<Page extends { cursor: string }>({
  name,
  read,
  take,
  logger,
}: FeedOptions<Page>): FeedFollower {
  const startedAt = performance.now()
  let readAt: number | undefined
  let cursor: string | undefined
  let isAway = false
  let isReported = false

  async function readOnce(stopping: AbortSignal): Promise<number> {
    try {
      const page = await read(cursor, cursor === undefined ? 0 : WAIT_SECONDS, stopping)
      await take(page, cursor)
      cursor = page.cursor
      readAt = performance.now()
      if (isReported) logger.info({ event: `${name}.caught-up` })
      isAway = false
      isReported = false
      return BREATH_MS
    } catch (error) {
      if (!stopping.aborted) noteFault(error)
      return readAt === undefined ? FIRST_RETRY_MS : RETRY_MS
    }
  }

  function noteFault(error: unknown): void {
    isAway = true
    const isStarting = readAt === undefined && performance.now() - startedAt < START_MS
    if (!isReported && !isStarting) {
      logger.warn({ event: `${name}.unavailable`, error })
      isReported = true
    }
    // The cursor is from another database: read a snapshot again.
    if (error instanceof Problem && error.status === 422) cursor = undefined
  }

  const following = repeat({
    work: readOnce,
    everyMs: RETRY_MS,
    onError: (error) => logger.error({ event: `${name}.failed`, error }),
  })
  return {
    secondsSinceRead: () => (readAt === undefined ? Number.POSITIVE_INFINITY : (performance.now() - readAt) / 1_000),
    isAway: () => isAway,
    stop: following.stop,
  }
}
