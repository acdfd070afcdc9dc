import type { Mediasdb } from '@likeness/mediasdb'
import { createBell } from '@likeness/postgres'
import { repeat, type BackgroundTask, type Logger } from '@likeness/service-kit/process'

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
  let following: BackgroundTask | undefined
  let resting: Promise<unknown> = Promise.resolve()

  function follow(): BackgroundTask {
    const bell = createBell(databaseUrl, 'event', logger)
    let since: string | undefined
    const looking = repeat({
      async work() {
        if (subscribers.size === 0) return rest()
        since = await wakeChanged(since)
      },
      everyMs: POLL_MS,
      bell,
      onError: (error) => logger.debug({ event: 'events.unreadable', error }),
    })
    return {
      async stop() {
        await looking.stop()
        await bell.stop()
      },
    }
  }

  /** Nobody listens any more: the next subscriber starts anew. */
  function rest(): void {
    resting = Promise.all([resting, following?.stop()])
    following = undefined
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

  return {
    stopping: stopping.signal,
    subscribe(mediaId, wake) {
      const others = subscribers.get(mediaId) ?? new Set()
      subscribers.set(mediaId, others.add(wake))
      if (!stopping.signal.aborted) following ??= follow()
      return () => {
        others.delete(wake)
        if (others.size === 0 && subscribers.get(mediaId) === others) subscribers.delete(mediaId)
      }
    },
    async stop() {
      stopping.abort()
      rest()
      await resting
    },
  }
}
