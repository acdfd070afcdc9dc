import { ok, reply, uuid, type Route } from '@likeness/service-kit/http'
import { emailAddress } from '@likeness/service-kit/identity'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { findNames } from '../users/user-rows.ts'
import { personName } from '../users/user-schema.ts'
import { registerUser } from './register-user.ts'

const registration = z.strictObject({ email: emailAddress, name: personName, passwordHash: z.string().min(1).max(500) })
const names = z.strictObject({ ids: z.array(uuid).max(200) })

/** What the other services ask about people. */
export const internalUserRoutes = (context: Context): Route[] => [
  route({
    method: 'post',
    path: '/users',
    access: 'service',
    summary: 'Register',
    body: registration,
    answers: { 201: z.object({ userId: z.uuid() }) },
    problems: ['registration-closed', 'email-taken'],
    handle: async ({ body }) => reply(201, await registerUser(context, body)),
  }),
  route({
    method: 'post',
    path: '/users/names',
    access: 'service',
    summary: 'The names of some users; unknown and deleted ones are left out',
    body: names,
    answers: { 200: z.object({ data: z.array(z.object({ id: z.uuid(), name: z.string() })) }) },
    handle: async ({ body }) => ok({ data: await findNames(context.maindb, body.ids) }),
  }),
]
