import { emailAddress, newPassword, personName, text } from '@likeness/internal-api'
import { created, noContent, ok, page, pageOf, pageQuery, type Route } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentUser } from '../users/user-presenter.ts'
import { countUsers, findUser, listUsers, userOrder } from '../users/user-rows.ts'
import { locale, profile, roleName, userId, userSchema, userStatus } from '../users/user-schema.ts'
import { assertInScope } from './change-user.ts'
import { createUser } from './create-user.ts'
import { deleteUser } from './delete-user.ts'
import { listUserMedia, userMediaSchema } from './list-user-media.ts'
import { restoreUser } from './restore-user.ts'
import { updateUser } from './update-user.ts'

const filters = {
  q: text(200).optional().describe('Part of a name or an email address.'),
  status: userStatus
    .optional()
    .describe('`deleted` lists the users who can be restored. Without it, deleted users are omitted.'),
  role: text(64).optional().describe('Name of a role that the users have.'),
}

export const userRoutes = (context: Context): Route[] => [
  route({
    method: 'get',
    path: '/users',
    access: 'users:read',
    summary: 'List users',
    query: pageQuery(userOrder).extend(filters),
    answers: { 200: pageOf(userSchema) },
    handle: async ({ query, caller, scope, http }) => {
      const { q, status, role } = query
      const roleId = role === undefined ? undefined : await roleIdOf(context, role)
      const filter = { q, status, roleId, id: scope === 'own' ? caller.id : undefined }
      return page(
        http,
        query,
        await listUsers(context.maindb, filter, query),
        (rows) => rows.map(presentUser),
        () => countUsers(context.maindb, filter),
      )
    },
  }),
  route({
    method: 'post',
    path: '/users',
    access: 'users:create',
    ownedByNobody: true,
    summary: 'Create a user',
    description:
      'Without a password the user is `invited`, and chooses one through the link in a mail. Without roles they get `user`.',
    body: z.strictObject({
      email: emailAddress,
      name: personName,
      password: newPassword.optional(),
      roles: z.array(roleName).max(100).optional(),
    }),
    answers: { 201: userSchema },
    problems: ['email-taken', 'grant-exceeds-own'],
    handle: async ({ body, caller }) => {
      const user = await createUser(context, caller, body)
      return created(`/api/v1/users/${user.id}`, presentUser(user))
    },
  }),
  route({
    method: 'get',
    path: '/users/:id',
    access: 'users:read',
    summary: 'Read a user',
    params: userId,
    answers: { 200: userSchema },
    handle: async ({ params, caller, scope }) => {
      assertInScope(scope, caller, params.id)
      const user = await findUser(context.maindb, params.id)
      if (!user) throw problems.notFound('user')
      return ok(presentUser(user))
    },
  }),
  route({
    method: 'patch',
    path: '/users/:id',
    access: 'users:update',
    summary: 'Change, suspend or activate a user',
    description:
      '`active` makes a user without a password `invited`. An invited user gets a new link then, and after a change of ' +
      'their address. A permission for own rows does not allow changing the address or the status.',
    params: userId,
    body: z.strictObject({
      email: emailAddress.optional(),
      name: personName.optional(),
      status: z.enum(['active', 'suspended']).optional(),
      locale: locale.nullable().optional(),
      profile: profile.optional(),
    }),
    answers: { 200: userSchema },
    problems: ['email-taken', 'user-exceeds-own', 'last-admin'],
    handle: async ({ params, body, caller, scope, ifMatch }) => {
      const change = { userId: params.id, caller, scope, ifMatch }
      return ok(presentUser(await updateUser(context.maindb, change, body)))
    },
  }),
  route({
    method: 'delete',
    path: '/users/:id',
    access: 'users:delete',
    ownedByNobody: true,
    summary: 'Delete a user',
    description:
      'Ends their sessions and puts their media in the trash. They can be restored for `ERASURE_DAYS`, then they are ' +
      'erased. A permission for own rows does not suffice: users delete themselves by `DELETE /users/me`, with their ' +
      'password.',
    params: userId,
    answers: { 204: null },
    problems: ['user-exceeds-own', 'last-admin'],
    handle: async ({ params, caller, scope, ifMatch }) => {
      await deleteUser(context.maindb, { userId: params.id, caller, scope, ifMatch })
      return noContent()
    },
  }),
  route({
    method: 'post',
    path: '/users/:id/restore',
    access: 'users:delete',
    ownedByNobody: true,
    summary: 'Restore a deleted user',
    description: 'Restores their status, roles and media too.',
    params: userId,
    answers: { 200: userSchema },
    problems: ['email-taken', 'user-exceeds-own'],
    handle: async ({ params, caller, scope }) =>
      ok(presentUser(await restoreUser(context.maindb, { userId: params.id, caller, scope }))),
  }),
  route({
    method: 'get',
    path: '/users/:id/media',
    access: 'media:read',
    summary: "List a user's media",
    description: 'Forwards to `GET /media` of medias-service, with all its query parameters.',
    params: userId,
    query: z.looseObject({}),
    answers: { 200: userMediaSchema },
    handle: async ({ params, caller, scope, http }) => {
      assertInScope(scope, caller, params.id)
      if (!(await findUser(context.maindb, params.id))) throw problems.notFound('user')
      return listUserMedia(context.mediasService, { userId: params.id, caller, request: http.request })
    },
  }),
]

/** @returns null when no role has this name. */
async function roleIdOf({ maindb }: Context, name: string): Promise<string | null> {
  return (await maindb.Role.findOne({ where: { name } }))?.id ?? null
}
