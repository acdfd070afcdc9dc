import { credentialEndpoints } from '@likeness/internal-api'
import { internalRoute, type Route } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { networkCounter, passwordCounters, wrongTokenCounter } from '../credentials/attempt-counters.ts'
import { findCredentials, findCredentialsByEmail } from '../credentials/credential-rows.ts'
import { countAttempt, forgetGuesses } from '../credentials/guess-rows.ts'
import { changePassword } from './change-password.ts'

/** Routes about credentials and attempt counters, for auth-service, which checks passwords. */
export const credentialRoutes = ({ maindb, environment }: Context): Route[] => [
  internalRoute(credentialEndpoints.findByEmail, {
    summary: 'Count an attempt, and find the credentials for an email address',
    handle: async ({ body }) => {
      const ofNetwork = body.countsNetwork ? [networkCounter(environment)] : []
      await countAttempt(maindb, [...passwordCounters(body.guessKeys), ...ofNetwork])
      return findCredentialsByEmail(maindb, body.email)
    },
  }),
  internalRoute(credentialEndpoints.forgetGuesses, {
    summary: 'Reset the attempt counters after a correct password',
    handle: ({ body }) =>
      forgetGuesses(maindb, body.guessKeys, body.countsNetwork ? networkCounter(environment).key : undefined),
  }),
  internalRoute(credentialEndpoints.countWrongToken, {
    summary: 'Count a wrong token or client secret for the network address of the client',
    handle: () => countAttempt(maindb, [wrongTokenCounter()]),
  }),
  internalRoute(credentialEndpoints.findById, {
    summary: 'Count an attempt, and find the credentials of a user',
    handle: async ({ params, body }) => {
      await countAttempt(maindb, passwordCounters(body.guessKeys))
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
