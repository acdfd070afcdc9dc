import { presetEndpoints } from '@likeness/internal-api'
import { call } from '@likeness/service-kit/client'
import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { replaceMediaPresets } from './media-preset-rows.ts'

/** Seconds that medias-service may hold the answer until its presets change. */
const WAIT_SECONDS = 10
/** Pause between two answers, so that presets that change all the time are no load. */
const BREATH_MS = 200
const RETRY_MS = 1_000
/** Services start together: medias-service may listen a moment later, which is no reason for a warning. */
const START_MS = 10_000

/**
 * Stores the names of medias-service's presets in maindb, at the start and whenever they change: the sizes of avatars.
 * While medias-service is away, the stored names stay in use.
 */
export function followMediaPresets({
  maindb,
  mediasService,
  logger,
}: Pick<Context, 'maindb' | 'mediasService' | 'logger'>): BackgroundTask {
  const startedAt = performance.now()
  let cursor: string | undefined
  let isReported = false

  return repeat({
    async work(stopping) {
      const wait = cursor === undefined ? 0 : WAIT_SECONDS
      const { names, cursor: newest } = await call(mediasService, presetEndpoints.follow, {
        query: { after: cursor, wait },
        signal: stopping,
        limitMs: (wait + 4) * 1_000,
      })
      if (newest !== cursor && (await replaceMediaPresets(maindb, names))) {
        logger.info({ event: 'media-presets.changed', names })
      }
      cursor = newest
      isReported = false
      return BREATH_MS
    },
    everyMs: RETRY_MS,
    onError(error) {
      const isStarting = cursor === undefined && performance.now() - startedAt < START_MS
      if (isReported || isStarting) return
      // Once, however long medias-service stays away.
      logger.warn({ event: 'media-presets.away', error })
      isReported = true
    },
  })
}
