import { mediaFilters, mediaSorts, uuid } from '@likeness/internal-api'
import { pageQuery, type ListOrder } from '@likeness/service-kit/http'
import type { z } from 'zod'

export const mediaOrder: ListOrder<(typeof mediaSorts.keys)[number]> = {
  columns: { createdAt: 'm.created_at', updatedAt: 'm.updated_at', title: 'm.title COLLATE human' },
  standard: mediaSorts.standard,
  tieBreak: 'm.id',
}

/** The filters of a media list. */
export const mediaQuery = pageQuery(mediaOrder).extend({
  ...mediaFilters,
  owner: uuid.optional().describe('Only media of the user with this id.'),
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
