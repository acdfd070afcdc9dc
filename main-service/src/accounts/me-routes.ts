import { personName, typedPassword, userSchema } from '@likeness/internal-api'
import { noContent, ok, type Route } from '@likeness/service-kit/http'
import { elsewhere, problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser } from '../users/user-rows.ts'
import { locale, profile, setElsewhere } from '../users/user-schema.ts'
import { deleteOwnAccount } from './delete-own-account.ts'
import { updateUser } from './update-user.ts'

/** Routes for the current user. They must come before `/users/:id`, which also matches their paths. */
export const meRoutes = (context: Context): Route[] => [
  route({
    operationId: 'getCurrentUser',
    method: 'get',
    path: '/users/me',
    access: 'users:read',
    summary: 'Get the current user',
    description: 'Returns the user who sent the request: the user of the session, or the creator of the API key.',
    answers: { 200: userSchema },
    handle: async ({ caller }) => {
      const user = await findUser(context.maindb, caller.id)
      if (!user) throw problems.notFound('user')
      return ok(presentUser(user, context.environment.PUBLIC_URL))
    },
  }),
  route({
    operationId: 'updateCurrentUser',
    method: 'patch',
    path: '/users/me',
    access: 'users:update',
    summary: 'Update the current user',
    description: 'Changes only the fields that are sent. `profile` is replaced completely.',
    body: z
      .strictObject({
        name: personName.optional(),
        locale: locale.nullable().optional(),
        profile: profile.optional(),
      })
      .register(elsewhere, { ...setElsewhere, email: 'an administrator can change it with PATCH /users/{id}' }),
    acceptsMatch: true,
    answers: { 200: userSchema },
    handle: async ({ body, caller, ifMatch }) => {
      const publicUrl = context.environment.PUBLIC_URL
      const change = { userId: caller.id, caller, scope: 'own', ifMatch, publicUrl } as const
      return ok(presentUser(await updateUser(context.maindb, change, body), publicUrl))
    },
  }),
  route({
    operationId: 'deleteCurrentUser',
    method: 'delete',
    path: '/users/me',
    access: 'users:update',
    summary: 'Delete the current user',
    description:
      'Ends all sessions of the user, revokes their API keys and moves their media to the trash. For `ERASURE_DAYS` days, ' +
      'an administrator can restore the user. After that, the user and their media are erased.',
    body: z.strictObject({ password: typedPassword.describe('The current password of the user.') }),
    acceptsMatch: true,
    answers: { 204: null },
    problems: ['wrong-password', 'too-many-attempts', 'last-admin', 'auth-service-unavailable'],
    handle: async ({ body, caller, ifMatch }) => {
      await deleteOwnAccount(
        context,
        { userId: caller.id, caller, scope: 'own', ifMatch, publicUrl: context.environment.PUBLIC_URL },
        body.password,
      )
      return noContent()
    },
  }),
]
