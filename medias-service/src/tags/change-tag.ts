import type { Context } from '../context.ts'
import type { Changer } from '../media/media-change.ts'
import { lockTagForChange, refusingTaken } from './tag-change.ts'
import { presentTag } from './tag-presenter.ts'

/** @throws {Problem} 403, 404, 409 `tag-exists`, 412. */
export async function changeTag(
  { mediasdb }: Context,
  id: string,
  changes: { name?: string | undefined; slug?: string | undefined },
  changer: Changer,
) {
  return mediasdb.transaction(async (unit) => {
    const tag = await lockTagForChange(unit, id, changer)
    const { name = tag.name, slug = tag.slug } = changes
    await refusingTaken(unit.MediaTag.update({ name, slug }, { where: { id } }))
    return presentTag({ ...tag, name, slug })
  })
}
