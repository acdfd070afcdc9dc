import type { Mediasdb } from '@likeness/mediasdb'
import { createListener } from '@likeness/postgres'
import { repeat, type BackgroundTask, type Logger } from '@likeness/service-kit/process'

import { readChangedMedia, readEventHorizon } from './event-rows.ts'

/** The longest delay after a lost notification. */
const POLL_MS = 2_000

interface FeedOptions {
  mediasdb: Mediasdb
  databaseUrl: string
  logger: Logger
  /** Called with the media that may have new events. */
  onChange(mediaIds: string[] | 'all'): void
}

/** Follows which media have new events, for all streams of this process. */
export function followEvents({ mediasdb, databaseUrl, logger, onChange }: FeedOptions): BackgroundTask {
  const listener = createListener(databaseUrl, 'event', logger)
  let since: string | undefined
  const polling = repeat({
    async work() {
      if (since === undefined) {
        // Without a position to compare with, every media may have new events.
        since = await readEventHorizon(mediasdb)
        return onChange('all')
      }
      const { mediaIds, next } = await readChangedMedia(mediasdb, since)
      since = next
      onChange(mediaIds)
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
