import type { MediasdbUnit } from '@likeness/mediasdb'
import { reach } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import { slugOf } from './slug.ts'
import { findTagsBySlug, insertTags } from './tag-rows.ts'

/**
 * The ids of tags that are named by slug or by name. Those that are not there are made, where the caller may.
 *
 * @throws {Problem} 403 for a new tag that the caller may not make, 422 for a name without letters or digits.
 */
export async function resolveTags(unit: MediasdbUnit, names: string[], caller: Caller): Promise<string[]> {
  const bySlug = new Map(names.map((name) => [slugOf(name), name]))
  if (bySlug.has('')) throw problems.invalid([{ path: 'body.tags', message: 'must have letters or digits in each' }])

  const found = await findTagsBySlug(unit, [...bySlug.keys()])
  for (const { slug } of found) bySlug.delete(slug)
  if (bySlug.size > 0 && !reach(caller.claims.permissions, 'tags:create')) throw problems.forbidden('tags:create')

  const missing = [...bySlug].map(([slug, name]) => ({ slug, name, createdBy: caller.id }))
  const made = await insertTags(unit, missing)
  return [...found, ...made].map(({ id }) => id)
}
