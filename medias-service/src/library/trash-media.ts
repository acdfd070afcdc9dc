import { now } from '@likeness/postgres'

import type { Context } from '../context.ts'
import { changingMedia, type Changer } from '../media/media-change.ts'

/** Moves a media to the trash. Trashing it again changes nothing: its time in the trash counts from the first time. */
export async function trashMedia(context: Context, id: string, changer: Changer): Promise<void> {
  await changingMedia(context, id, changer, async (media, unit) => {
    if (!media.trashedAt) await unit.Media.update({ trashedAt: now }, { where: { id } })
  })
  context.logger.info({ event: 'media.trashed', mediaId: id })
}
