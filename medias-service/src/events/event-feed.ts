import type { Mediasdb } from '@likeness/mediasdb'
import { createListener } from '@likeness/postgres'
import { repeat, type BackgroundTask, type Logger } from '@likeness/service-kit/process'

import { readChangedMedia, readEventHorizon } from './event-rows.ts'

/** The longest delay after a lost notification. */
const POLL_MS = 2_000

export interface EventFeed extends BackgroundTask {
  /** Calls `wake` whenever the media may have new events. @returns a function that unsubscribes */
  subscribe(mediaId: string, wake: () => void): () => void
  /** Aborts when the service stops. Streams must end then. */
  stopping: AbortSignal
}

interface FeedOptions {
  mediasdb: Mediasdb
  databaseUrl: string
  logger: Logger
}

/**
 * Polls for new events on behalf of all streams of this process, and wakes the streams of the media that have new
 * events. It does not poll while there are no streams.
 */
export function createEventFeed({ mediasdb, databaseUrl, logger }: FeedOptions): EventFeed {
  const subscribers = new Map<string, Set<() => void>>()
  const stopping = new AbortController()
  let following: BackgroundTask | undefined
  let stopped: Promise<unknown> = Promise.resolve()

  function follow(): BackgroundTask {
    const listener = createListener(databaseUrl, 'event', logger)
    let since: string | undefined
    const polling = repeat({
      async work() {
        if (subscribers.size === 0) return stopPolling()
        since = await wakeChanged(since)
      },
      everyMs: POLL_MS,
      listener,
      onError: (error) => logger.debug({ event: 'events.unreadable', error }),
    })
    return {
      async stop() {
        await polling.stop()
        await listener.stop()
      },
    }
  }

  /** Stops polling when there are no subscribers. The next subscriber starts it again. */
  function stopPolling(): void {
    stopped = Promise.all([stopped, following?.stop()])
    following = undefined
  }

  /** The first round has no position to compare with, so it wakes every stream. */
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
      stopPolling()
      await stopped
    },
  }
}
