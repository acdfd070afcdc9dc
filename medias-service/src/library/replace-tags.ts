import type { Context } from '../context.ts'
import { changedMedia, type Changer } from '../media/media-change.ts'
import { touchMedia } from '../media/media-rows.ts'
import type { MediaAnswer } from '../media/media-schema.ts'
import { mediaProblems } from '../problems.ts'
import { resolveTags } from '../tags/resolve-tags.ts'
import { setTags } from '../tags/tag-rows.ts'

/** @throws {Problem} 403 for a new tag that the caller may not make, 404, 409 `trashed`, 412. */
export async function replaceTags(
  context: Context,
  id: string,
  names: string[],
  changer: Changer,
): Promise<MediaAnswer> {
  return changedMedia(context, id, changer, async (media, transaction) => {
    if (media.trashed_at) throw mediaProblems.trashed()
    const tags = await resolveTags(context, names, changer.caller, transaction)
    await setTags(context.mediasdb, id, tags, transaction)
    await touchMedia(context.mediasdb, id, transaction)
  })
}
