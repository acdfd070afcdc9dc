import { passwordEndpoints } from '@likeness/internal-api'
import { internalRoute } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'

/** main-service lets auth-service hash passwords, so that this CPU load scales separately. */
export const internalPasswordRoutes = ({ passwords }: Context) => [
  internalRoute(passwordEndpoints.hash, {
    summary: 'Hash a new password',
    handle: async ({ body }) => ({ passwordHash: await passwords.hash(body.password) }),
  }),
  internalRoute(passwordEndpoints.check, {
    summary: 'Check a password against a hash',
    handle: async ({ body }) => ({ matches: await passwords.matches(body.password, body.passwordHash) }),
  }),
]
