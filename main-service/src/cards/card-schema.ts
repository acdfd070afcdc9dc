import { avatarSchema, orNull, uuid } from '@likeness/internal-api'
import { z } from 'zod'

const MAX_CARDS = 100

export const cardSchema = z
  .object({
    id: z.uuid().describe('Id of the user.'),
    name: z.string().describe('Name of the user.'),
    avatar: orNull(avatarSchema).describe('The picture of the user; null if there is none.'),
  })
  .meta({ id: 'UserCard', description: 'The data about a user that every signed-in caller can read.' })

export const cardListSchema = z
  .object({
    data: z.array(cardSchema).describe('The cards, in the order of `ids`. Unknown and deleted users are left out.'),
  })
  .meta({ id: 'UserCardList', description: 'The cards of several users.' })

/** `?ids=one,two` and `?ids=one&ids=two`, without repetitions. */
const ids = z
  .union([z.string(), z.array(z.string())], { error: 'must be ids, separated by commas' })
  .transform((given) => [given].flat().flatMap((list) => list.split(',')))
  .pipe(z.array(uuid).max(MAX_CARDS, `must have at most ${MAX_CARDS} ids`))
  .transform((list) => [...new Set(list)])

export const cardQuery = z.object({
  // A query with one parameter of this name is parsed as a text, not as a list.
  ids: ids.meta({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    maxItems: MAX_CARDS,
    description: `Ids of users, at most ${MAX_CARDS}. Repeat the parameter, or separate ids with commas.`,
  }),
})
