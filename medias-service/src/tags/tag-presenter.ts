import { z } from 'zod'

import type { TagRow } from './tag-rows.ts'

export const tagSchema = z
  .object({
    id: z.uuid(),
    slug: z.string(),
    name: z.string(),
    count: z.int().describe('Number of media with this tag, not counting media in the trash.'),
  })
  .meta({ id: 'Tag' })

export type TagAnswer = z.output<typeof tagSchema>

export function presentTag({ id, slug, name, count }: Omit<TagRow, 'createdBy'>): TagAnswer {
  return { id, slug, name, count }
}
