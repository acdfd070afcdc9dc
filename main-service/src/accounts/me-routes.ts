import { personName, typedPassword } from '@likeness/internal-api'
import { noContent, ok, type Route } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser } from '../users/user-rows.ts'
import { locale, profile, userSchema } from '../users/user-schema.ts'
import { deleteOneself } from './delete-oneself.ts'
import { updateUser } from './update-user.ts'

/** The caller. To be matched before `/users/:id`. */
export const meRoutes = (context: Context): Route[] => [
  route({
    method: 'get',
    path: '/users/me',
    access: 'users:read',
    summary: 'Read oneself',
    answers: { 200: userSchema },
    handle: async ({ caller }) => {
      const user = await findUser(context.maindb, caller.id)
      if (!user) throw problems.notFound('user')
      return ok(presentUser(user))
    },
  }),
  route({
    method: 'patch',
    path: '/users/me',
    access: 'users:update',
    summary: 'Change oneself',
    body: z.strictObject({
      name: personName.optional(),
      locale: locale.nullable().optional(),
      profile: profile.optional(),
    }),
    answers: { 200: userSchema },
    handle: async ({ body, caller, ifMatch }) => {
      const change = { userId: caller.id, caller, scope: 'own', ifMatch } as const
      return ok(presentUser(await updateUser(context.maindb, change, body)))
    },
  }),
  route({
    method: 'delete',
    path: '/users/me',
    access: 'users:update',
    summary: 'Delete oneself',
    description: 'Sessions end at once, and media go along. Whoever may delete users can restore them for some days.',
    body: z.strictObject({ password: typedPassword }),
    answers: { 204: null },
    problems: ['wrong-password', 'too-many-attempts', 'last-admin'],
    handle: async ({ body, caller, ifMatch }) => {
      await deleteOneself(context, { userId: caller.id, caller, scope: 'own', ifMatch }, body.password)
      return noContent()
    },
  }),
]
