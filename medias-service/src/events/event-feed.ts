import type { Mediasdb } from '@likeness/mediasdb'
import { createBell } from '@likeness/postgres'
import type { BackgroundTask, Logger } from '@likeness/service-kit/process'

import { readChangedMedia, readEventHorizon } from './event-rows.ts'

/** What a lost notification costs at the most. */
const POLL_MS = 2_000

export interface EventFeed extends BackgroundTask {
  /** Wakes whenever something may have happened to this media. Returns what ends it. */
  subscribe(mediaId: string, wake: () => void): () => void
  /** Aborts when streams are to end, because the service stops. */
  stopping: AbortSignal
}

interface FeedOptions {
  mediasdb: Mediasdb
  databaseUrl: string
  logger: Logger
}

/** Looks for events once for all streams of this process, and wakes those that they concern. Sleeps without streams. */
export function createEventFeed({ mediasdb, databaseUrl, logger }: FeedOptions): EventFeed {
  const subscribers = new Map<string, Set<() => void>>()
  const stopping = new AbortController()
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    const bell = createBell(databaseUrl, 'event', logger)
    let since: string | undefined
    while (!stopping.signal.aborted && subscribers.size > 0) {
      try {
        since = await wakeChanged(since)
      } catch (error) {
        logger.debug({ event: 'events.unreadable', error })
      }
      await bell.wait(POLL_MS, stopping.signal)
    }
    await bell.stop()
  }

  /** The first time nobody can have missed anything but what came just now: all are woken. */
  async function wakeChanged(since: string | undefined): Promise<string> {
    const { mediaIds, next } =
      since === undefined
        ? { mediaIds: [...subscribers.keys()], next: await readEventHorizon(mediasdb) }
        : await readChangedMedia(mediasdb, since)
    for (const mediaId of mediaIds) for (const wake of subscribers.get(mediaId) ?? []) wake()
    return next
  }

  function runWhileWanted(): void {
    running ??= run().finally(() => {
      running = undefined
      if (subscribers.size > 0 && !stopping.signal.aborted) runWhileWanted()
    })
  }

  return {
    stopping: stopping.signal,
    subscribe(mediaId, wake) {
      const others = subscribers.get(mediaId) ?? new Set()
      subscribers.set(mediaId, others.add(wake))
      runWhileWanted()
      return () => {
        others.delete(wake)
        if (others.size === 0 && subscribers.get(mediaId) === others) subscribers.delete(mediaId)
      }
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}
