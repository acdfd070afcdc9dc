import type { Context } from '../context.ts'
import type { Changer } from '../media/media-change.ts'
import { lockTagForChange } from './tag-change.ts'

/** Deletes a tag and removes it from all media. @throws {Problem} 403, 404, 412. */
export async function deleteTag({ mediasdb }: Context, id: string, changer: Changer): Promise<void> {
  await mediasdb.transaction(async (unit) => {
    await lockTagForChange(unit, id, { changer, permission: 'tags:delete' })
    await unit.MediaTag.destroy({ where: { id } })
  })
}
