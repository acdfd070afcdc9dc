import { noContent, ok, uuid, type Route } from '@likeness/service-kit/http'
import { problems, text } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { findCredentials, findCredentialsByEmail } from '../credentials/credential-rows.ts'
import { countAttempt, forgetGuesses } from '../credentials/guess-rows.ts'
import { route } from '../route.ts'
import { userStatuses } from '../users/user-rows.ts'
import { userId } from '../users/user-schema.ts'
import { changePassword } from './change-password.ts'

const guessKeys = z.array(text(300).min(1)).min(1).max(10)
const guesses = z.strictObject({ guessKeys })
const credentials = z.object({
  userId: z.uuid(),
  status: z.enum(userStatuses),
  passwordHash: z.string().nullable(),
})

/** What auth-service needs to check a password, and to make guessing one hopeless. */
export const credentialRoutes = ({ maindb }: Context): Route[] => [
  route({
    method: 'post',
    path: '/credentials',
    access: 'service',
    summary: 'The credentials that belong to an email address, for one attempt at its password',
    body: z.strictObject({ email: text(1_000), guessKeys }),
    answers: { 200: credentials },
    problems: ['too-many-attempts'],
    handle: async ({ body }) => {
      await countAttempt(maindb, body.guessKeys)
      const found = await findCredentialsByEmail(maindb, body.email)
      if (!found) throw problems.notFound('user')
      return ok(found)
    },
  }),
  route({
    method: 'post',
    path: '/guesses/forget',
    access: 'service',
    summary: 'Forget the attempts, after a success',
    body: guesses,
    answers: { 204: null },
    handle: async ({ body }) => {
      await forgetGuesses(maindb, body.guessKeys)
      return noContent()
    },
  }),
  route({
    method: 'post',
    path: '/users/:id/credentials',
    access: 'service',
    summary: 'The credentials of a user whose password is about to be checked',
    params: userId,
    body: guesses,
    answers: { 200: credentials },
    problems: ['too-many-attempts'],
    handle: async ({ params, body }) => {
      await countAttempt(maindb, body.guessKeys)
      const found = await findCredentials(maindb, params.id)
      if (!found) throw problems.notFound('user')
      return ok(found)
    },
  }),
  route({
    method: 'put',
    path: '/users/:id/password',
    access: 'service',
    summary: 'Replace the password; every other session ends',
    params: userId,
    body: z.strictObject({
      passwordHash: z.string().min(1).max(500),
      currentHash: z.string().max(500).optional().describe('What the current password was checked against.'),
      exceptSession: uuid.optional(),
    }),
    answers: { 204: null },
    problems: ['wrong-password'],
    handle: async ({ params, body }) => {
      await changePassword(maindb, params.id, body)
      return noContent()
    },
  }),
]
