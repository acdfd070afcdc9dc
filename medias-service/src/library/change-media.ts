import type { Context } from '../context.ts'
import { changedMedia, type Changer } from '../media/media-change.ts'
import { updateMedia } from '../media/media-rows.ts'
import type { MediaAnswer, MediaChanges } from '../media/media-schema.ts'
import { enqueueCurrent } from '../outbox/outbox-rows.ts'
import { mediaProblems } from '../problems.ts'

/**
 * Changes what is said of a media. Another focal point crops anew: until then the sizes it concerns are stale, and there.
 *
 * @throws {Problem} 404, 409 `trashed`, 412.
 */
export async function changeMedia(
  context: Context,
  id: string,
  changes: MediaChanges,
  changer: Changer,
): Promise<MediaAnswer> {
  return changedMedia(context, id, changer, async (media, transaction) => {
    if (media.trashed_at) throw mediaProblems.trashed()
    const { focalPoint, ...columns } = changes
    const focal = focalPoint === undefined ? {} : { focalX: focalPoint?.x ?? null, focalY: focalPoint?.y ?? null }
    await updateMedia(context.mediasdb, id, { ...defined(columns), ...focal }, transaction)
    if (focalPoint !== undefined) await enqueueCurrent(context.mediasdb, id, transaction)
  })
}

const defined = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
