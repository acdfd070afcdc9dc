import type { MediasdbUnit } from '@likeness/mediasdb'
import { violatedConstraint } from '@likeness/postgres'
import { assertMatch } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Changer } from '../media/media-change.ts'
import { mediaProblems } from '../problems.ts'
import { slugsFor, tagNameKey } from './tag-name.ts'
import { presentTag } from './tag-presenter.ts'
import { findTagsNamed, holdTagNames, lockTag, type TagRow } from './tag-rows.ts'

/**
 * Locks a tag for a change by this caller. Callers who may read tags see all tags, so changing another user's tag is
 * 403, not 404.
 *
 * @param permission the permission to change every tag
 * @throws {Problem} 403 naming that permission, 404, 412.
 */
export async function lockTagForChange(
  unit: MediasdbUnit,
  id: string,
  { changer, permission }: { changer: Changer; permission: 'tags:update' | 'tags:delete' },
): Promise<TagRow> {
  const tag = await lockTag(unit, id)
  if (!tag) throw problems.notFound('tag')
  if (changer.scope === 'own' && tag.createdBy !== changer.caller.id) {
    throw problems.forbidden(permission)
  }
  assertMatch(changer.ifMatch, presentTag(tag))
  return tag
}

/**
 * Locks a name, and the slug requested with it, until the transaction ends.
 *
 * @param tag.id of the tag that gets the name; left out for a new tag
 * @returns the slugs for this name that other tags already have
 * @throws {Problem} 409 `tag-exists` when another tag has the name.
 */
export async function holdTagName(
  unit: MediasdbUnit,
  { id, name, slug }: { id?: string; name: string; slug: string | undefined },
): Promise<Set<string>> {
  const slugs = slugsFor(name)
  const nameKeys = [tagNameKey(name)]
  await holdTagNames(unit, { nameKeys, slugs: [slugs[0], ...(slug === undefined ? [] : [slug])] })
  const found = await findTagsNamed(unit, { slugs, nameKeys })
  const others = found.filter((tag) => tag.id !== id)
  if (others.some((tag) => tagNameKey(tag.name) === tagNameKey(name))) throw mediaProblems.tagExists()
  return new Set(others.map((tag) => tag.slug))
}

/** Awaits the write of a tag. @throws {Problem} 409 `tag-exists` when another tag has its slug. */
export async function refusingTaken<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing
  } catch (error) {
    throw violatedConstraint(error) === 'media_tag_slug_key' ? mediaProblems.tagExists() : error
  }
}
