import { passwordEndpoints } from '@likeness/internal-api'
import { internalRoute } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'

/**
 * main-service lets auth-service hash passwords, so that this CPU load scales separately. It does so only for users who are
 * logged in.
 */
export const internalPasswordRoutes = ({ passwords, passwordQueue }: Context) => {
  const inQueue = <Result>(run: () => Promise<Result>) => passwordQueue({ keys: [], isKnown: true, run })
  return [
    internalRoute(passwordEndpoints.hash, {
      summary: 'Hash a new password',
      handle: async ({ body }) => ({ passwordHash: await inQueue(() => passwords.hash(body.password)) }),
    }),
    internalRoute(passwordEndpoints.check, {
      summary: 'Check a password against a hash',
      handle: async ({ body }) => ({
        matches: await inQueue(() => passwords.matches(body.password, body.passwordHash)),
      }),
    }),
  ]
}
