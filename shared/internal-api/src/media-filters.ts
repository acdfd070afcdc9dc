import { z } from 'zod'

import { mediaStatus } from './media.ts'
import { text } from './text.ts'
import { time } from './time.ts'

/** The sort keys of a media list, and its default order. */
export const mediaSorts = { keys: ['createdAt', 'updatedAt', 'title'], standard: '-createdAt' } as const

const tags = (which: string) =>
  z
    .union([text(100), z.array(text(100)).max(20)])
    .transform((given) => [given].flat())
    .optional()
    // A query with one parameter of this name is parsed as a text, not as a list.
    .meta({
      type: 'array',
      items: { type: 'string', maxLength: 100 },
      maxItems: 20,
      description: `Slug or name of a tag; can be repeated up to 20 times. Only media with ${which} of these tags.`,
    })

/** The filters of a media list, except the owner: main-service lists the media of one user. */
export const mediaFilters = {
  tag: tags('all'),
  anyTag: tags('at least one'),
  type: text(100).optional().describe('Only media of this type, such as `image/png` or `image/*`.'),
  status: mediaStatus.optional().describe('Only media with this status.'),
  q: text(200).optional().describe('Only media whose title or file name contains this text, ignoring case.'),
  createdAfter: time.optional().describe('Only media uploaded after this time.'),
  trashed: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true`: only media in the trash. `false`: only media outside the trash.'),
}
