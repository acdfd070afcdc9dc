import { mediaStatus, text, uuid } from '@likeness/internal-api'
import { pageQuery, time, type ListOrder } from '@likeness/service-kit/http'
import { z } from 'zod'

export const mediaOrder: ListOrder<'createdAt' | 'updatedAt' | 'title'> = {
  columns: { createdAt: 'm.created_at', updatedAt: 'm.updated_at', title: 'm.title COLLATE human' },
  standard: '-createdAt',
  tieBreak: 'm.id',
}

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

/** The filters of a media list. */
export const mediaQuery = pageQuery(mediaOrder).extend({
  tag: tags('all'),
  anyTag: tags('at least one'),
  type: text(100).optional().describe('Only media of this type, such as `image/png` or `image/*`.'),
  status: mediaStatus.optional().describe('Only media with this status.'),
  owner: uuid.optional().describe('Only media of the user with this id.'),
  q: text(200).optional().describe('Only media whose title or file name contains this text, ignoring case.'),
  createdAfter: time.optional().describe('Only media uploaded after this time.'),
  trashed: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true`: only media in the trash. `false`: only media outside the trash.'),
})

export type MediaQuery = z.output<typeof mediaQuery>

/** The oldest first, so that media uploaded between two pages come last. */
export const ownedOrder: ListOrder<'createdAt'> = {
  columns: { createdAt: 'm.created_at' },
  standard: 'createdAt',
  tieBreak: 'm.id',
}

/** A page in the order of `ownedOrder.standard`. */
export interface OwnedPage {
  limit: number
  after?: string | undefined
  sort: string
}
