import type { MediasdbUnit } from '@likeness/mediasdb'
import { reach } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import { mediaProblems } from '../problems.ts'
import { isTagName, slugsFor, tagNameKey, tagNameRule } from './tag-name.ts'
import { findTagsNamed, holdTagNames, insertFreeTags, type NamedTag, type NewTag } from './tag-rows.ts'

/** A second attempt follows where a slug was taken meanwhile. */
const ATTEMPTS = 4

/**
 * The ids of tags that are given by name or by slug. A name takes precedence over another tag's slug. Unknown tags are
 * created if the caller has `tags:create`.
 *
 * @throws {Problem} 403 for a new tag that the caller may not create; 422 for a name of nothing but punctuation; 409
 *   `tag-exists` when other requests take every slug that it may get.
 */
export async function resolveTags(unit: MediasdbUnit, names: string[], caller: Caller): Promise<string[]> {
  if (!names.every(isTagName)) throw problems.invalid([{ path: 'body.tags', message: `${tagNameRule} in each` }])
  const given = [...new Map(names.map((name) => [tagNameKey(name), name])).values()]
  const wanted = { slugs: given.flatMap((name) => [name, ...slugsFor(name)]), nameKeys: given.map(tagNameKey) }

  const seen = await findTagsNamed(unit, wanted)
  const unseen = given.filter((name) => !tagGivenBy(name, seen))
  if (unseen.length > 0) assertMayCreate(caller)
  await holdTagNames(unit, {
    nameKeys: unseen.map(tagNameKey),
    slugs: unseen.map((name) => slugsFor(name)[0]),
  })

  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    // Read again: another request may have created or deleted some while this one waited.
    const found = await findTagsNamed(unit, wanted, { held: true })
    const tags = given.map((name) => tagGivenBy(name, found))
    if (tags.every((tag) => tag !== undefined)) return [...new Set(tags.map(({ id }) => id))]
    const missing = given.filter((_name, index) => tags[index] === undefined)
    // A tag that was seen before may have been deleted since: it is created again only by somebody who may.
    assertMayCreate(caller)
    await insertFreeTags(unit, newTags(missing, found, caller.id))
  }
  throw mediaProblems.tagExists()
}

function assertMayCreate(caller: Caller): void {
  if (!reach(caller.claims.permissions, 'tags:create')) throw problems.forbidden('tags:create')
}

/** The tag of this name; else the tag that has it for a slug. */
function tagGivenBy(name: string, tags: NamedTag[]): NamedTag | undefined {
  const key = tagNameKey(name)
  const named = tags.filter((tag) => tagNameKey(tag.name) === key)
  // Tags that are older than the rule of one tag per name can share a name.
  return named.find(({ slug }) => slug === name) ?? named[0] ?? tags.find(({ slug }) => slug === name)
}

function newTags(names: string[], found: NamedTag[], createdBy: string): NewTag[] {
  const taken = new Set(found.map(({ slug }) => slug))
  const added = new Map<string, NewTag>()
  for (const name of names) {
    // This name is the slug of a tag created in this request, so it means that tag.
    if (added.has(name)) continue
    const slug = slugsFor(name).find((candidate) => !taken.has(candidate))
    if (slug === undefined) throw mediaProblems.tagExists()
    taken.add(slug)
    added.set(slug, { slug, name, createdBy })
  }
  return [...added.values()]
}
