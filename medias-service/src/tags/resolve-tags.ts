import { reach } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'
import type { Transaction } from 'sequelize'

import type { Context } from '../context.ts'
import { slugOf } from './slug.ts'
import { findTagsBySlug, insertTags } from './tag-rows.ts'

/**
 * The ids of tags that are named by slug or by name. Those that are not there are made, where the caller may.
 *
 * @throws {Problem} 403 for a new tag that the caller may not make, 422 for a name without letters or digits.
 */
export async function resolveTags(
  { mediasdb }: Context,
  names: string[],
  caller: Caller,
  transaction: Transaction,
): Promise<string[]> {
  const bySlug = new Map(names.map((name) => [slugOf(name), name]))
  if (bySlug.has('')) throw problems.invalid([{ path: 'body.tags', message: 'must have letters or digits in each' }])

  const found = await findTagsBySlug(mediasdb, [...bySlug.keys()], transaction)
  for (const { slug } of found) bySlug.delete(slug)
  if (bySlug.size > 0 && !reach(caller.claims.permissions, 'tags:create')) throw problems.forbidden('tags:create')

  const missing = [...bySlug].map(([slug, name]) => ({ slug, name, createdBy: caller.id }))
  const made = await insertTags(mediasdb, missing, transaction)
  return [...found, ...made].map(({ id }) => id)
}
