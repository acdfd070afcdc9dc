import type { Mediasdb } from '@likeness/mediasdb'
import { assertMatch } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'
import { UniqueConstraintError, type Transaction } from 'sequelize'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../context.ts'
import type { Changer } from '../media/media-change.ts'
import { mediaProblems } from '../problems.ts'
import { slugOf } from './slug.ts'
import { presentTag, type TagAnswer } from './tag-presenter.ts'
import { deleteTag, findTag, moveTaggings, updateTag, type TagRow } from './tag-rows.ts'

/** @throws {Problem} 409 `tag-exists`, 422 for a name that gives no slug. */
export async function createTag(
  { mediasdb }: Context,
  { name, slug = slugOf(name) }: { name: string; slug?: string | undefined },
  caller: Caller,
): Promise<TagAnswer> {
  if (slug === '') throw problems.invalid([{ path: 'body.name', message: 'must have letters or digits' }])
  const tag = { id: uuidv7(), slug, name }
  await refusingTaken(mediasdb.MediaTag.create({ ...tag, createdBy: caller.id }))
  return presentTag({ ...tag, count: 0 })
}

/** @throws {Problem} 403, 404, 409 `tag-exists`, 412. */
export async function changeTag(
  { database, mediasdb }: Context,
  id: string,
  changes: { name?: string | undefined; slug?: string | undefined },
  changer: Changer,
): Promise<TagAnswer> {
  return database.transaction(async (transaction) => {
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
export async function mergeTag(
  { database, mediasdb }: Context,
  id: string,
  into: string,
  changer: Changer,
): Promise<TagAnswer> {
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
    throw mediaProblems.tagNotYours()
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
