import { releaseBlobs } from '../blobs/release-blobs.ts'
import type { Context } from '../context.ts'
import { lockAndChangeMedia, type Changer } from '../media/media-change.ts'
import { deleteMediaRows } from '../media/media-rows.ts'

/** Deletes a media permanently, in the trash or not: first its rows, then the bytes that no other media uses. */
export async function deleteMedia(context: Context, id: string, changer: Changer): Promise<void> {
  let blobIds: string[] = []
  await lockAndChangeMedia(context, id, changer, async (_media, unit) => {
    blobIds = await deleteMediaRows(unit, [id])
  })
  context.logger.info({ event: 'media.deleted', mediaId: id })
  await releaseBlobs(context, blobIds)
}
