import { now } from '@likeness/postgres'

import type { Context } from '../context.ts'
import { lockAndChangeMedia, type Changer } from '../media/media-change.ts'

/** Moves a media to the trash. If it is already there, nothing changes: the retention period is not extended. */
export async function trashMedia(context: Context, id: string, changer: Changer): Promise<void> {
  await lockAndChangeMedia(context, id, changer, async (media, unit) => {
    if (!media.trashedAt) await unit.Media.update({ trashedAt: now }, { where: { id } })
  })
  context.logger.info({ event: 'media.trashed', mediaId: id })
}
