import { credentialEndpoints } from '@likeness/internal-api'
import { internalRoute, type Route } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { findCredentials, findCredentialsByEmail } from '../credentials/credential-rows.ts'
import { countAttempt, forgetGuesses } from '../credentials/guess-rows.ts'
import { changePassword } from './change-password.ts'

/** What auth-service needs to check a password, and to limit guessing. */
export const credentialRoutes = ({ maindb }: Context): Route[] => [
  internalRoute(credentialEndpoints.findByEmail, {
    summary: 'The credentials that belong to an email address, for one attempt at its password',
    handle: async ({ body }) => {
      await countAttempt(maindb, body.guessKeys)
      const found = await findCredentialsByEmail(maindb, body.email)
      if (!found) throw problems.notFound('user')
      return found
    },
  }),
  internalRoute(credentialEndpoints.forgetGuesses, {
    summary: 'Forget the attempts, after a success',
    handle: ({ body }) => forgetGuesses(maindb, body.guessKeys),
  }),
  internalRoute(credentialEndpoints.findById, {
    summary: 'The credentials of a user whose password is about to be checked',
    handle: async ({ params, body }) => {
      await countAttempt(maindb, body.guessKeys)
      const found = await findCredentials(maindb, params.id)
      if (!found) throw problems.notFound('user')
      return found
    },
  }),
  internalRoute(credentialEndpoints.replacePassword, {
    summary: 'Replace the password; every other session ends',
    handle: ({ params, body }) => changePassword(maindb, params.id, body),
  }),
]
