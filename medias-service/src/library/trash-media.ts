import type { Context } from '../context.ts'
import { changingMedia, type Changer } from '../media/media-change.ts'
import { updateMedia } from '../media/media-rows.ts'

/** Trashing what is trashed already changes nothing: its days go on counting from the first time. */
export async function trashMedia(context: Context, id: string, changer: Changer): Promise<void> {
  await changingMedia(context, id, changer, async (media, transaction) => {
    if (!media.trashed_at) await updateMedia(context.mediasdb, id, { trashedAt: new Date() }, transaction)
  })
  context.logger.info({ event: 'media.trashed', mediaId: id })
}
