import { problems, type Caller } from '@likeness/service-kit/process'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../context.ts'
import { mediaProblems } from '../problems.ts'
import { lockTagName, rejectTakenSlug } from './tag-change.ts'
import { isTagName, slugsFor, tagNameRule } from './tag-name.ts'
import { presentTag, type TagAnswer } from './tag-presenter.ts'

/** @throws {Problem} 409 `tag-exists` when another tag has the name or the requested slug; 422. */
export async function createTag(
  { mediasdb }: Context,
  { name, slug: wanted }: { name: string; slug?: string | undefined },
  caller: Caller,
): Promise<TagAnswer> {
  if (!isTagName(name)) throw problems.invalid([{ path: 'body.name', message: tagNameRule }])
  return mediasdb.transaction(async (unit) => {
    const taken = await lockTagName(unit, { name, slug: wanted })
    const slug = wanted ?? slugsFor(name).find((candidate) => !taken.has(candidate))
    if (slug === undefined) throw mediaProblems.tagExists()
    const made = await rejectTakenSlug(unit.MediaTag.create({ id: uuidv7(), slug, name, createdBy: caller.id }))
    return presentTag({ ...made, count: 0 })
  })
}
