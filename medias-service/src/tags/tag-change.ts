import type { MediasdbUnit } from '@likeness/mediasdb'
import { violatedConstraint } from '@likeness/postgres'
import { assertMatch } from '@likeness/service-kit/http'
import { Problem, problems } from '@likeness/service-kit/process'

import type { Changer } from '../media/media-change.ts'
import { mediaProblems } from '../problems.ts'
import { presentTag } from './tag-presenter.ts'
import { lockTag, type TagRow } from './tag-rows.ts'

/**
 * Locks a tag for a change of this caller. Tags are seen by all, so one that is not the caller's own is forbidden to
 * them, not hidden.
 *
 * @throws {Problem} 403, 404, 412.
 */
export async function lockTagForChange(unit: MediasdbUnit, id: string, changer: Changer): Promise<TagRow> {
  const tag = await lockTag(unit, id)
  if (!tag) throw problems.notFound('tag')
  if (changer.scope === 'own' && tag.createdBy !== changer.caller.id) {
    throw new Problem(403, 'forbidden', 'This tag is not yours.')
  }
  assertMatch(changer.ifMatch, presentTag(tag))
  return tag
}

/** Waits for a tag to be written. @throws {Problem} 409 `tag-exists` when another tag has its slug. */
export async function refusingTaken<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing
  } catch (error) {
    throw violatedConstraint(error) === 'media_tag_slug_key' ? mediaProblems.tagExists() : error
  }
}
