import type { MediasdbUnit } from '@likeness/mediasdb'
import { violatedConstraint } from '@likeness/postgres'
import { assertMatch } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Changer } from '../media/media-change.ts'
import { mediaProblems } from '../problems.ts'
import { slugsFor, tagNameKey } from './tag-name.ts'
import { presentTag } from './tag-presenter.ts'
import { findTagsNamed, lockTagNames, lockTag, type TagRow } from './tag-rows.ts'

/**
 * Locks a tag for a change by this caller. Callers with `tags:read` can see all tags, so a change of another user's tag
 * is 403, not 404.
 *
 * @param permission the permission to change every tag, which the 403 mentions
 * @throws {Problem} 403, 404, 412.
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
 * @param tag.id the id of the tag that gets the name; undefined for a new tag
 * @returns the slugs for this name that other tags already have
 * @throws {Problem} 409 `tag-exists` when another tag has the name.
 */
export async function lockTagName(
  unit: MediasdbUnit,
  { id, name, slug }: { id?: string; name: string; slug: string | undefined },
): Promise<Set<string>> {
  const slugs = slugsFor(name)
  const nameKeys = [tagNameKey(name)]
  await lockTagNames(unit, { nameKeys, slugs: [slugs[0], ...(slug === undefined ? [] : [slug])] })
  const found = await findTagsNamed(unit, { slugs, nameKeys })
  const others = found.filter((tag) => tag.id !== id)
  if (others.some((tag) => tagNameKey(tag.name) === tagNameKey(name))) throw mediaProblems.tagExists()
  return new Set(others.map((tag) => tag.slug))
}

/** Waits for the write of a tag. @throws {Problem} 409 `tag-exists` when another tag has its slug. */
export async function rejectTakenSlug<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing
  } catch (error) {
    throw violatedConstraint(error) === 'media_tag_slug_key' ? mediaProblems.tagExists() : error
  }
}
