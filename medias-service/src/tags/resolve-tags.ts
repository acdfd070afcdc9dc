import type { MediasdbUnit } from '@likeness/mediasdb'
import { reach } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import { mediaProblems } from '../problems.ts'
import { isTagName, slugsFor, tagNameKey, tagNameRule } from './tag-name.ts'
import { findTagsNamed, lockTagNames, insertFreeTags, type NamedTag, type NewTag } from './tag-rows.ts'

/** Maximum number of attempts. Another attempt is necessary if another request has taken a slug meanwhile. */
const MAX_ATTEMPTS = 4

/**
 * The ids of tags that are given by name or by slug. A name takes precedence over another tag's slug. Unknown tags are
 * created if the caller has `tags:create`.
 *
 * @throws {Problem} 403 for an unknown tag without `tags:create`; 422 for a name that consists only of punctuation; 409
 *   `tag-exists` when other requests take every slug that a new tag could get.
 */
export async function resolveTags(unit: MediasdbUnit, names: string[], caller: Caller): Promise<string[]> {
  if (!names.every(isTagName)) throw problems.invalid([{ path: 'body.tags', message: `${tagNameRule} in each name` }])
  const given = [...new Map(names.map((name) => [tagNameKey(name), name])).values()]
  const wanted = { slugs: given.flatMap((name) => [name, ...slugsFor(name)]), nameKeys: given.map(tagNameKey) }

  const seen = await findTagsNamed(unit, wanted)
  const unseen = given.filter((name) => !tagGivenBy(name, seen))
  if (unseen.length > 0) assertCanCreate(caller)
  await lockTagNames(unit, {
    nameKeys: unseen.map(tagNameKey),
    slugs: unseen.map((name) => slugsFor(name)[0]),
  })

  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    // Read again: another request may have created or deleted tags while this one waited.
    const found = await findTagsNamed(unit, wanted, { locked: true })
    const tags = given.map((name) => tagGivenBy(name, found))
    if (tags.every((tag) => tag !== undefined)) return [...new Set(tags.map(({ id }) => id))]
    const missing = given.filter((_name, index) => tags[index] === undefined)
    // A tag that was found before may have been deleted meanwhile. Creating it again requires the permission too.
    assertCanCreate(caller)
    await insertFreeTags(unit, newTags(missing, found, caller.id))
  }
  throw mediaProblems.tagExists()
}

function assertCanCreate(caller: Caller): void {
  if (!reach(caller.claims.permissions, 'tags:create')) throw problems.forbidden('tags:create')
}

/** The tag that has this name; otherwise the tag that has it as its slug. */
function tagGivenBy(name: string, tags: NamedTag[]): NamedTag | undefined {
  const key = tagNameKey(name)
  const named = tags.filter((tag) => tagNameKey(tag.name) === key)
  // Tags that were created before names became unique can share a name.
  return named.find(({ slug }) => slug === name) ?? named[0] ?? tags.find(({ slug }) => slug === name)
}

function newTags(names: string[], found: NamedTag[], createdBy: string): NewTag[] {
  const taken = new Set(found.map(({ slug }) => slug))
  const added = new Map<string, NewTag>()
  for (const name of names) {
    // This name is the slug of a tag that this request creates, so it identifies that tag.
    if (added.has(name)) continue
    const slug = slugsFor(name).find((candidate) => !taken.has(candidate))
    if (slug === undefined) throw mediaProblems.tagExists()
    taken.add(slug)
    added.set(slug, { slug, name, createdBy })
  }
  return [...added.values()]
}
