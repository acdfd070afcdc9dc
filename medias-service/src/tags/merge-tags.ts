import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import type { Changer } from '../media/media-change.ts'
import { lockTagForChange } from './tag-change.ts'
import { presentTag, type TagAnswer } from './tag-presenter.ts'
import { findTag, lockTag, moveTaggings } from './tag-rows.ts'

/**
 * Adds the tag `into` to all media of a tag, and deletes that tag.
 *
 * @throws {Problem} 403, 404, 412, 422 for a merge into itself or into a tag that does not exist.
 */
export async function mergeTags({ mediasdb }: Context, id: string, into: string, changer: Changer): Promise<TagAnswer> {
  if (id === into) throw problems.invalid([{ path: 'body.into', message: 'must be another tag' }])
  return mediasdb.transaction(async (unit) => {
    // Always in the same order, so that two opposite merges wait for each other instead of deadlocking.
    for (const each of [id, into].sort()) {
      const there = await lockTag(unit, each)
      if (!there && each === id) throw problems.notFound('tag')
      if (!there) throw problems.invalid([{ path: 'body.into', message: 'is not the id of a tag' }])
    }
    await lockTagForChange(unit, id, { changer, permission: 'tags:update' })
    await moveTaggings(unit, id, into)
    await unit.MediaTag.destroy({ where: { id } })
    const merged = await findTag(unit, into)
    if (!merged) throw problems.notFound('tag')
    return presentTag(merged)
  })
}
