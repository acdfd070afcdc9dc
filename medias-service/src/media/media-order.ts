import { text, uuid } from '@likeness/internal-api'
import { pageQuery, time, type ListOrder } from '@likeness/service-kit/http'
import { z } from 'zod'

export const mediaOrder: ListOrder<'createdAt' | 'updatedAt' | 'title'> = {
  columns: { createdAt: 'm.created_at', updatedAt: 'm.updated_at', title: 'm.title COLLATE human' },
  standard: '-createdAt',
  tieBreak: 'm.id',
}

const tags = z.union([text(100), z.array(text(100)).max(20)]).transform((given) => [given].flat())

/** The filters of a media list. */
export const mediaQuery = pageQuery(mediaOrder).extend({
  tag: tags
    .optional()
    .describe(
      'Only media with this tag: a slug or a name. If the parameter is repeated, only media with all of the tags.',
    ),
  anyTag: tags
    .optional()
    .describe(
      'Only media with this tag: a slug or a name. If the parameter is repeated, only media with at least one of the tags.',
    ),
  type: text(100).optional().describe('Only media of this type, such as `image/png` or `image/*`.'),
  status: z.enum(['processing', 'ready', 'failed']).optional().describe('Only media with this status.'),
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
