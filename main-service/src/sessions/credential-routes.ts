import { credentialEndpoints } from '@likeness/internal-api'
import { internalRoute, type Route } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { findCredentials, findCredentialsByEmail } from '../credentials/credential-rows.ts'
import { countAttempt, forgetGuesses } from '../credentials/guess-rows.ts'
import { changePassword } from './change-password.ts'

/** Credentials and attempt counters, for auth-service, which checks passwords. */
export const credentialRoutes = ({ maindb }: Context): Route[] => [
  internalRoute(credentialEndpoints.findByEmail, {
    summary: 'Find the credentials for an email address, and count an attempt',
    handle: async ({ body }) => {
      await countAttempt(maindb, body.guessKeys)
      const found = await findCredentialsByEmail(maindb, body.email)
      if (!found) throw problems.notFound('user')
      return found
    },
  }),
  internalRoute(credentialEndpoints.forgetGuesses, {
    summary: 'Reset the attempt counters after a successful check',
    handle: ({ body }) => forgetGuesses(maindb, body.guessKeys),
  }),
  internalRoute(credentialEndpoints.findById, {
    summary: 'Find the credentials of a user, and count an attempt',
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
