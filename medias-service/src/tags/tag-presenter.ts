import { z } from 'zod'

import type { TagRow } from './tag-rows.ts'

export const tagSchema = z
  .object({
    id: z.uuid().describe('Id of the tag.'),
    slug: z.string().describe('Form of the tag in URLs, such as `new-york`.'),
    name: z.string().describe('Name of the tag, for people.'),
    count: z.int().min(0).describe('Number of media with this tag, not counting media in the trash.'),
  })
  .meta({ id: 'Tag', description: 'A label of media.' })

export type TagAnswer = z.output<typeof tagSchema>

export function presentTag({ id, slug, name, count }: Omit<TagRow, 'createdBy'>): TagAnswer {
  return { id, slug, name, count }
}
