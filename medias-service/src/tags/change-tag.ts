import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import type { Changer } from '../media/media-change.ts'
import { lockTagName, lockTagForChange, rejectTakenSlug } from './tag-change.ts'
import { isTagName, tagNameRule } from './tag-name.ts'
import { presentTag, type TagAnswer } from './tag-presenter.ts'

/** @throws {Problem} 403, 404, 409 `tag-exists`, 412, 422 for a name that consists only of punctuation. */
export async function changeTag(
  { mediasdb }: Context,
  id: string,
  changes: { name?: string | undefined; slug?: string | undefined },
  changer: Changer,
): Promise<TagAnswer> {
  return mediasdb.transaction(async (unit) => {
    const { name: newName } = changes
    if (newName !== undefined && !isTagName(newName)) {
      throw problems.invalid([{ path: 'body.name', message: tagNameRule }])
    }
    if (newName !== undefined) await lockTagName(unit, { id, name: newName, slug: changes.slug })
    const tag = await lockTagForChange(unit, id, { changer, permission: 'tags:update' })
    const { name = tag.name, slug = tag.slug } = changes
    await rejectTakenSlug(unit.MediaTag.update({ name, slug }, { where: { id } }))
    return presentTag({ ...tag, name, slug })
  })
}
