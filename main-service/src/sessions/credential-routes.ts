import { credentialEndpoints } from '@likeness/internal-api'
import { internalRoute, type Route } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { findCredentials, findCredentialsByEmail } from '../credentials/credential-rows.ts'
import { countAttempt, forgetGuesses } from '../credentials/guess-rows.ts'
import { changePassword } from './change-password.ts'

/** Routes about credentials and attempt counters, for auth-service, which checks passwords. */
export const credentialRoutes = ({ maindb }: Context): Route[] => [
  internalRoute(credentialEndpoints.findByEmail, {
    summary: 'Count an attempt, and find the credentials for an email address',
    handle: async ({ body }) => {
      await countAttempt(maindb, body.guessKeys)
      const found = await findCredentialsByEmail(maindb, body.email)
      if (!found) throw problems.notFound('user')
      return found
    },
  }),
  internalRoute(credentialEndpoints.forgetGuesses, {
    summary: 'Reset the attempt counters after a correct password',
    handle: ({ body }) => forgetGuesses(maindb, body.guessKeys),
  }),
  internalRoute(credentialEndpoints.findById, {
    summary: 'Count an attempt, and find the credentials of a user',
    handle: async ({ params, body }) => {
      await countAttempt(maindb, body.guessKeys)
      const found = await findCredentials(maindb, params.id)
      if (!found) throw problems.notFound('user')
      return found
    },
  }),
  internalRoute(credentialEndpoints.replacePassword, {
    summary: 'Replace the password and end every other session',
    handle: ({ params, body }) => changePassword(maindb, params.id, body),
  }),
]
