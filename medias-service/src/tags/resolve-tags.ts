import { problems, reach, type Caller } from '@likeness/service-kit'
import { UniqueConstraintError, type Transaction } from 'sequelize'

import type { Context } from '../context.ts'
import { mediaProblems } from '../problems.ts'
import { isTagName, slugsFor, tagNameKey, tagNameRule } from './tag-name.ts'
import { findTagsNamed, holdTagSlugs, insertTags, type NamedTag } from './tag-rows.ts'

/**
 * The ids of tags that are given by name or by slug; a name wins over the slug of another tag. Those that do not exist
 * are made, where the caller may.
 *
 * @throws {Problem} 403 for a new tag that the caller may not make; 422 for a name of nothing but punctuation; 409
 *   `tag-exists` when another request takes its slug at the same moment.
 */
export async function resolveTags(
  { mediasdb }: Context,
  names: string[],
  caller: Caller,
  transaction: Transaction,
): Promise<string[]> {
  if (!names.every(isTagName)) throw problems.invalid([{ path: 'body.tags', message: `${tagNameRule} in each` }])
  const given = [...new Map(names.map((name) => [tagNameKey(name), name])).values()]
  const wanted = { slugs: given.flatMap((name) => [name, ...slugsFor(name)]), nameKeys: given.map(tagNameKey) }

  const seen = await findTagsNamed(mediasdb, wanted, { transaction })
  const unseen = given.filter((name) => !tagGivenBy(name, seen))
  if (unseen.length > 0 && !reach(caller.claims.permissions, 'tags:create')) throw problems.forbidden('tags:create')
  await holdTagSlugs(
    mediasdb,
    unseen.map((name) => slugsFor(name)[0]),
    transaction,
  )

  // Read anew: another request may have made them, or deleted some, before it was our turn.
  const found = await findTagsNamed(mediasdb, wanted, { transaction, held: true })
  const known = new Set(given.flatMap((name) => tagGivenBy(name, found)?.id ?? []))
  const missing = given.filter((name) => !tagGivenBy(name, found))
  const made = await insertTags(mediasdb, newTags(missing, found, caller.id), transaction).catch((error: unknown) => {
    throw error instanceof UniqueConstraintError ? mediaProblems.tagExists() : error
  })
  return [...known, ...made.map(({ id }) => id)]
}

/** The tag of this name; else the one that has it for a slug. */
function tagGivenBy(name: string, tags: NamedTag[]): NamedTag | undefined {
  const key = tagNameKey(name)
  const named = tags.filter((tag) => tagNameKey(tag.name) === key)
  // Before names were told apart, several tags could have one.
  return named.find(({ slug }) => slug === name) ?? named[0] ?? tags.find(({ slug }) => slug === name)
}

function newTags(names: string[], found: NamedTag[], createdBy: string) {
  const taken = new Set(found.map(({ slug }) => slug))
  const added = new Map<string, { slug: string; name: string; createdBy: string }>()
  for (const name of names) {
    // The slug of a tag that is made beside it, as if that one had come in an earlier request.
    if (added.has(name)) continue
    const slug = slugsFor(name).find((candidate) => !taken.has(candidate))
    if (slug === undefined) throw mediaProblems.tagExists()
    taken.add(slug)
    added.set(slug, { slug, name, createdBy })
  }
  return [...added.values()]
}
