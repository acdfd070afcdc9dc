import {
  emailAddress,
  mediaFilters,
  mediaSchema,
  mediaSorts,
  newPassword,
  personName,
  text,
  userSchema,
  userStatus,
} from '@likeness/internal-api'
import { created, noContent, ok, page, pageOf, pageQuery, type Route } from '@likeness/service-kit/http'
import { elsewhere, problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentUser } from '../users/user-presenter.ts'
import { countUsers, findUser, listUsers, userOrder } from '../users/user-rows.ts'
import { locale, profile, roleName, userId, setElsewhere } from '../users/user-schema.ts'
import { assertInScope } from './change-user.ts'
import { createUser } from './create-user.ts'
import { deleteUser } from './delete-user.ts'
import { listUserMedia } from './list-user-media.ts'
import { restoreUser } from './restore-user.ts'
import { updateUser } from './update-user.ts'

const newRoles = z.array(roleName).max(100).optional().describe('Names of the roles to grant. Default: `user`.')

/** medias-service checks the same parameters, and sorts the list. */
const mediaQuery = pageQuery({
  columns: Object.fromEntries(mediaSorts.keys.map((key) => [key, key])) as Record<
    (typeof mediaSorts.keys)[number],
    string
  >,
  standard: mediaSorts.standard,
}).extend(mediaFilters)

const filters = {
  q: text(200).optional().describe('Only users whose name or email address contains this text, ignoring case.'),
  status: userStatus
    .optional()
    .describe(
      'Only users with this status. `deleted`: users who can be restored. Without this parameter, the list has no deleted users.',
    ),
  role: text(64).optional().describe('Name of a role: only users who have this role.'),
}

export const userRoutes = (context: Context): Route[] => [
  route({
    operationId: 'listUsers',
    method: 'get',
    path: '/users',
    access: 'users:read',
    summary: 'List users',
    description:
      'Lists the users who match all given filters. With `users:read:own`, the list contains only the caller.',
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
        (rows) => rows.map((row) => presentUser(row, context.environment.PUBLIC_URL)),
        () => countUsers(context.maindb, filter),
      )
    },
  }),
  route({
    operationId: 'createUser',
    method: 'post',
    path: '/users',
    access: 'users:create',
    ownedByNobody: true,
    summary: 'Create a user',
    description:
      'With a password, the user is `active` and can log in immediately. Without a password, the user is `invited` and ' +
      'receives a mail with a link to choose one.',
    body: z.strictObject({
      email: emailAddress,
      name: personName,
      password: newPassword
        .optional()
        .describe('Password of 10 to 128 characters. Without a password, the user is invited by mail.'),
      roles: newRoles,
    }),
    answers: { 201: userSchema },
    problems: ['email-taken', 'grant-exceeds-own', 'auth-service-unavailable'],
    handle: async ({ body, caller }) => {
      const user = await createUser(context, caller, body)
      return created(`/api/v1/users/${user.id}`, presentUser(user, context.environment.PUBLIC_URL))
    },
  }),
  route({
    operationId: 'getUser',
    method: 'get',
    path: '/users/:id',
    access: 'users:read',
    summary: 'Get a user',
    description: 'Returns the user with the names of their roles. Only holders of `users:read` can read other users.',
    params: userId,
    answers: { 200: userSchema },
    handle: async ({ params, caller, scope }) => {
      assertInScope(scope, caller, params.id)
      const user = await findUser(context.maindb, params.id)
      if (!user) throw problems.notFound('user')
      return ok(presentUser(user, context.environment.PUBLIC_URL))
    },
  }),
  route({
    operationId: 'updateUser',
    method: 'patch',
    path: '/users/:id',
    access: 'users:update',
    summary: 'Update, suspend or activate a user',
    description:
      'Changes only the fields that are sent. Suspending a user ends their sessions. An invited user receives a mail with ' +
      'a new link when their email address changes. `users:update:own` does not allow changing `email` or `status`.',
    params: userId,
    body: z
      .strictObject({
        email: emailAddress.optional(),
        name: personName.optional(),
        status: z
          .enum(['active', 'suspended'])
          .optional()
          .describe(
            '`active` activates a suspended or unverified user. If the user has no password, the status becomes `invited`, and ' +
              'the user receives a mail with a new link.',
          ),
        locale: locale.nullable().optional(),
        profile: profile.optional(),
      })
      .register(elsewhere, setElsewhere),
    acceptsMatch: true,
    answers: { 200: userSchema },
    problems: ['forbidden', 'email-taken', 'user-exceeds-own', 'last-admin'],
    handle: async ({ params, body, caller, scope, ifMatch }) => {
      const publicUrl = context.environment.PUBLIC_URL
      const change = { userId: params.id, caller, scope, ifMatch, publicUrl }
      return ok(presentUser(await updateUser(context.maindb, change, body), publicUrl))
    },
  }),
  route({
    operationId: 'deleteUser',
    method: 'delete',
    path: '/users/:id',
    access: 'users:delete',
    ownedByNobody: true,
    summary: 'Delete a user',
    description:
      'Ends all sessions of the user, revokes their API keys and moves their media to the trash. The user can be restored ' +
      'for `ERASURE_DAYS` days. After that, the user and their media are erased. Users delete their own account with ' +
      '`DELETE /users/me`, which requires their password.',
    params: userId,
    acceptsMatch: true,
    answers: { 204: null },
    problems: ['user-exceeds-own', 'last-admin'],
    handle: async ({ params, caller, scope, ifMatch }) => {
      await deleteUser(context.maindb, {
        userId: params.id,
        caller,
        scope,
        ifMatch,
        publicUrl: context.environment.PUBLIC_URL,
      })
      return noContent()
    },
  }),
  route({
    operationId: 'restoreUser',
    method: 'post',
    path: '/users/:id/restore',
    access: 'users:delete',
    ownedByNobody: true,
    summary: 'Restore a deleted user',
    description:
      'Restores the status, the roles and the media of the user. API keys stay revoked. If the user is not deleted, the ' +
      'request changes nothing.',
    params: userId,
    answers: { 200: userSchema },
    problems: ['email-taken', 'user-exceeds-own'],
    handle: async ({ params, caller, scope }) =>
      ok(
        presentUser(
          await restoreUser(context.maindb, { userId: params.id, caller, scope }),
          context.environment.PUBLIC_URL,
        ),
      ),
  }),
  route({
    operationId: 'listUserMedia',
    method: 'get',
    path: '/users/:id/media',
    access: 'media:read',
    summary: "List a user's media",
    description:
      'Lists the media of the user that match all given filters, like `GET /media?owner=…`. Media in the trash are listed ' +
      'only with `trashed=true`.',
    params: userId,
    query: mediaQuery,
    answers: { 200: pageOf(mediaSchema) },
    problems: ['medias-service-unavailable'],
    handle: async ({ params, caller, scope, http }) => {
      assertInScope(scope, caller, params.id)
      if (!(await findUser(context.maindb, params.id))) throw problems.notFound('user')
      return listUserMedia(context.mediasService, { userId: params.id, caller, request: http.request })
    },
  }),
]

/** The id of the role with this name; null if there is none. */
async function roleIdOf({ maindb }: Context, name: string): Promise<string | null> {
  return (await maindb.Role.findOne({ where: { name } }))?.id ?? null
}
