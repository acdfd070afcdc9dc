import type { Media } from '@likeness/internal-api'

import type { Context } from '../context.ts'
import { changeAndPresentMedia, type Changer } from '../media/media-change.ts'
import { mediaProblems } from '../problems.ts'
import { resolveTags } from '../tags/resolve-tags.ts'
import { setTags } from '../tags/tag-rows.ts'

/** @throws {Problem} 403 for a new tag without `tags:create`, 404, 409 `trashed`, 412. */
export async function replaceTags(context: Context, id: string, names: string[], changer: Changer): Promise<Media> {
  return changeAndPresentMedia(context, id, changer, async (media, unit) => {
    if (media.trashedAt) throw mediaProblems.trashed()
    const tags = await resolveTags(unit, names, changer.caller)
    await setTags(unit, id, tags)
    // Only `updatedAt` changes: the tags are not columns of the media.
    await unit.Media.update({}, { where: { id } })
  })
}
