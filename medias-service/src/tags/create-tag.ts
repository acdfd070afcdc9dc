import { problems, type Caller } from '@likeness/service-kit/process'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../context.ts'
import { slugOf } from './slug.ts'
import { refusingTaken } from './tag-change.ts'
import { presentTag } from './tag-presenter.ts'

/** @throws {Problem} 409 `tag-exists`, 422 for a name that gives no slug. */
export async function createTag(
  { mediasdb }: Context,
  { name, slug = slugOf(name) }: { name: string; slug?: string | undefined },
  caller: Caller,
) {
  if (slug === '') throw problems.invalid([{ path: 'body.name', message: 'must have letters or digits' }])
  const tag = { id: uuidv7(), slug, name }
  await refusingTaken(mediasdb.MediaTag.create({ ...tag, createdBy: caller.id }))
  return presentTag({ ...tag, count: 0 })
}
