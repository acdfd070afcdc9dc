import { presetEndpoints } from '@likeness/internal-api'
import { call } from '@likeness/service-kit/client'
import { followFeed, type BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { replaceMediaPresets } from './media-preset-rows.ts'

/**
 * Stores the names of medias-service's presets in maindb, at the start and whenever they change. They are the sizes of
 * avatars. While medias-service is unavailable, the stored names remain in use.
 */
export function followMediaPresets({
  maindb,
  mediasService,
  logger,
}: Pick<Context, 'maindb' | 'mediasService' | 'logger'>): BackgroundTask {
  return followFeed({
    name: 'media-presets',
    read: (after, wait, signal) =>
      call(mediasService, presetEndpoints.follow, { query: { after, wait }, signal, limitMs: (wait + 4) * 1_000 }),
    async apply({ names, cursor }, after) {
      if (cursor === after || !(await replaceMediaPresets(maindb, names))) return
      logger.info({ event: 'media-presets.changed', names })
    },
    logger,
  })
}
