import type { Media } from '@likeness/internal-api'

import type { Context } from '../context.ts'
import { changeAndPresentMedia, type Changer } from '../media/media-change.ts'
import { isOwnerActive } from '../media/owner-rows.ts'
import { enqueueUnfinished } from '../outbox/outbox-rows.ts'
import { mediaProblems } from '../problems.ts'

/**
 * Restores a media from the trash. Unfinished versions are enqueued again, because their jobs were dropped when the
 * media was trashed.
 *
 * @throws {Problem} 404, 409 `not-trashed` or `owner-deleted`, 412.
 */
export async function restoreMedia(context: Context, id: string, changer: Changer): Promise<Media> {
  return changeAndPresentMedia(context, id, changer, async (media, unit) => {
    if (!media.trashedAt) throw mediaProblems.notTrashed()
    if (!(await isOwnerActive(unit, media.ownerId))) throw mediaProblems.ownerIsDeleted()
    await unit.Media.update({ trashedAt: null, trashedWithOwner: false }, { where: { id } })
    await enqueueUnfinished(unit, [id], 'interactive')
  })
}
