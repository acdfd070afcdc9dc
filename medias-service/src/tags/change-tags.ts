import { assertMatch, Problem, problems, type Caller } from '@likeness/service-kit'
import type { Mediasdb } from '@likeness/mediasdb'
import { UniqueConstraintError, type Transaction } from 'sequelize'

import type { Context } from '../context.ts'
import type { Changer } from '../media/media-change.ts'
import { mediaProblems } from '../problems.ts'
import { isTagName, slugsFor, tagNameKey, tagNameRule } from './tag-name.ts'
import {
  deleteTag,
  findTag,
  findTagsNamed,
  holdTagSlugs,
  insertTags,
  moveTaggings,
  updateTag,
  type TagRow,
} from './tag-rows.ts'

export const presentTag = ({ id, slug, name, count }: Omit<TagRow, 'created_by'>) => ({ id, slug, name, count })

/** @throws {Problem} 409 `tag-exists`: another tag has this name, or the slug that is asked for; 422. */
export async function createTag(
  { database, mediasdb }: Context,
  { name, slug: wanted }: { name: string; slug?: string | undefined },
  caller: Caller,
) {
  if (!isTagName(name)) throw problems.invalid([{ path: 'body.name', message: tagNameRule }])
  return database.transaction(async (transaction) => {
    const taken = await holdName(mediasdb, { name, slug: wanted }, transaction)
    const slug = wanted ?? slugsFor(name).find((candidate) => !taken.has(candidate))
    if (slug === undefined) throw mediaProblems.tagExists()
    const [made] = await refusingTaken(insertTags(mediasdb, [{ slug, name, createdBy: caller.id }], transaction))
    if (!made) throw problems.notFound('tag')
    return presentTag({ id: made.id, slug, name, count: 0 })
  })
}

/**
 * Holds a name, and the slug that is asked for with it, for the rest of the transaction.
 *
 * @returns the slugs that other tags have, of those that the name may get
 * @throws {Problem} 409 `tag-exists` when another tag has the name.
 */
async function holdName(
  mediasdb: Mediasdb,
  { id, name, slug }: { id?: string; name: string; slug: string | undefined },
  transaction: Transaction,
): Promise<Set<string>> {
  const slugs = slugsFor(name)
  await holdTagSlugs(mediasdb, [slugs[0], ...(slug === undefined ? [] : [slug])], transaction)
  const found = await findTagsNamed(mediasdb, { slugs, nameKeys: [tagNameKey(name)] }, { transaction })
  const others = found.filter((tag) => tag.id !== id)
  if (others.some((tag) => tagNameKey(tag.name) === tagNameKey(name))) throw mediaProblems.tagExists()
  return new Set(others.map((tag) => tag.slug))
}

/** @throws {Problem} 403, 404, 409 `tag-exists`, 412. */
export async function changeTag(
  { database, mediasdb }: Context,
  id: string,
  changes: { name?: string | undefined; slug?: string | undefined },
  changer: Changer,
) {
  return database.transaction(async (transaction) => {
    const { name: newName } = changes
    if (newName !== undefined) await holdName(mediasdb, { id, name: newName, slug: changes.slug }, transaction)
    const tag = await findForChange(mediasdb, id, changer, transaction)
    const { name = tag.name, slug = tag.slug } = changes
    await refusingTaken(updateTag(mediasdb, id, { name, slug }, transaction))
    return presentTag({ ...tag, name, slug })
  })
}

/** @throws {Problem} 403, 404, 412. */
export async function removeTag({ database, mediasdb }: Context, id: string, changer: Changer): Promise<void> {
  await database.transaction(async (transaction) => {
    await findForChange(mediasdb, id, changer, transaction)
    await deleteTag(mediasdb, id, transaction)
  })
}

/** @throws {Problem} 403, 404, 412, 422 for a merge into itself or into a tag that is not there. */
export async function mergeTag({ database, mediasdb }: Context, id: string, into: string, changer: Changer) {
  if (id === into) throw problems.invalid([{ path: 'body.into', message: 'must be another tag' }])
  return database.transaction(async (transaction) => {
    // Locked in one order, so that two merges the opposite ways wait for each other.
    for (const each of [id, into].sort()) {
      const there = await findTag(mediasdb, each, transaction)
      if (!there && each === id) throw problems.notFound('tag')
      if (!there) throw problems.invalid([{ path: 'body.into', message: 'is not a tag' }])
    }
    await findForChange(mediasdb, id, changer, transaction)
    await moveTaggings(mediasdb, id, into, transaction)
    await deleteTag(mediasdb, id, transaction)
    const merged = await findTag(mediasdb, into, transaction)
    if (!merged) throw problems.notFound('tag')
    return presentTag(merged)
  })
}

/** Tags are seen by all, so one that is not the caller's own is forbidden to them, not hidden. */
async function findForChange(
  mediasdb: Mediasdb,
  id: string,
  changer: Changer,
  transaction: Transaction,
): Promise<TagRow> {
  const tag = await findTag(mediasdb, id, transaction)
  if (!tag) throw problems.notFound('tag')
  if (changer.scope === 'own' && tag.created_by !== changer.caller.id) {
    throw new Problem(403, 'forbidden', 'This tag is not yours.')
  }
  assertMatch(changer.ifMatch, presentTag(tag))
  return tag
}

async function refusingTaken<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing
  } catch (error) {
    throw error instanceof UniqueConstraintError ? mediaProblems.tagExists() : error
  }
}
