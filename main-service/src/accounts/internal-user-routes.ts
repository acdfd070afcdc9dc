import { userEndpoints } from '@likeness/internal-api'
import { internalRoute, type Route } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'
import { findNames } from '../users/user-rows.ts'
import { admitRegistration } from './admit-registration.ts'
import { registerUser } from './register-user.ts'

/** Routes about users, for the other services. */
export const internalUserRoutes = (context: Context): Route[] => [
  internalRoute(userEndpoints.admitRegistration, {
    summary: 'Count a registration for the network address of the client, before the password is hashed',
    handle: ({ body }) => admitRegistration(context, body.email),
  }),
  internalRoute(userEndpoints.register, {
    summary: 'Register a user',
    handle: ({ body }) => registerUser(context, body),
  }),
  internalRoute(userEndpoints.findNames, {
    summary: 'List the names of users by id; unknown and deleted users are left out',
    handle: async ({ body }) => ({ data: await findNames(context.maindb, body.ids) }),
  }),
]
