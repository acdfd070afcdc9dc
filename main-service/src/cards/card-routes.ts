import { ok, type Route } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentAvatar } from '../users/avatar-presenter.ts'
import { findCards, type CardRow } from '../users/user-rows.ts'
import { userId } from '../users/user-schema.ts'
import { cardListSchema, cardQuery, cardSchema } from './card-schema.ts'

const closedByOperator = 'If the operator has set `USER_CARDS=off`, the response is 403 `feature-disabled`.'

/** Routes for what an application shows beside a picture or a comment. They must come before `/users/:id`. */
export const cardRoutes = ({ maindb, environment }: Context): Route[] => [
  route({
    operationId: 'listUserCards',
    method: 'get',
    path: '/users/cards',
    access: 'signed-in',
    summary: 'List the cards of users',
    description:
      'Returns the name and the avatar of each user, for example to show the authors of comments. ' + closedByOperator,
    query: cardQuery,
    answers: { 200: cardListSchema },
    problems: ['feature-disabled'],
    handle: async ({ query }) => {
      assertCardsAreOn(environment)
      return ok({ data: (await findCards(maindb, query.ids)).map((row) => presentCard(row, environment)) })
    },
  }),
  route({
    operationId: 'getUserCard',
    method: 'get',
    path: '/users/:id/card',
    access: 'signed-in',
    summary: 'Get the card of a user',
    description:
      'Returns the name and the avatar of the user, for example to show the owner of a picture. ' + closedByOperator,
    params: userId,
    answers: { 200: cardSchema },
    problems: ['feature-disabled'],
    handle: async ({ params }) => {
      assertCardsAreOn(environment)
      const [card] = await findCards(maindb, [params.id])
      if (!card) throw problems.notFound('user')
      return ok(presentCard(card, environment))
    },
  }),
]

function assertCardsAreOn({ USER_CARDS }: Context['environment']): void {
  if (USER_CARDS === 'off') throw problems.featureDisabled('user-cards')
}

const presentCard = (row: CardRow, { PUBLIC_URL }: Context['environment']) => ({
  id: row.id,
  name: row.name,
  avatar: presentAvatar(row, PUBLIC_URL),
})
