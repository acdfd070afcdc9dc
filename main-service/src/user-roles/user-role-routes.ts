import { userSchema } from '@likeness/internal-api'
import { noContent, ok, ownedByNobody, type Route } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentUser } from '../users/user-presenter.ts'
import { roleName, userId } from '../users/user-schema.ts'
import { grantRole } from './grant-role.ts'
import { revokeRole } from './revoke-role.ts'
import { setUserRoles } from './set-user-roles.ts'

const userAndRole = userId.extend({ role: roleName.describe('Name of the role.') })

const future = z.iso
  .datetime({ offset: true })
  .transform((time) => new Date(time))
  .refine((time) => time.getTime() > Date.now(), 'must be in the future')

export const userRoleRoutes = ({ maindb, environment: { PUBLIC_URL: publicUrl } }: Context): Route[] =>
  ownedByNobody([
    route({
      operationId: 'setUserRoles',
      method: 'put',
      path: '/users/:id/roles',
      access: 'roles:assign',
      summary: "Set a user's roles",
      description:
        'Replaces all roles of the user. Roles that the user already has keep their expiry; new roles do not expire. The ' +
        'caller must have every permission of the added roles. Send the ETag of the user in `If-Match`.',
      params: userId,
      body: z.strictObject({
        roles: z.array(roleName).max(100).describe('Names of all roles that the user has afterwards.'),
      }),
      acceptsMatch: true,
      answers: { 200: userSchema },
      problems: ['grant-exceeds-own', 'user-exceeds-own', 'last-admin'],
      handle: async ({ params, body, caller, scope, ifMatch }) =>
        ok(
          presentUser(
            await setUserRoles(maindb, { userId: params.id, caller, scope, ifMatch, publicUrl }, body.roles),
            publicUrl,
          ),
        ),
    }),
    route({
      operationId: 'grantRole',
      method: 'post',
      path: '/users/:id/roles/:role',
      access: 'roles:assign',
      summary: 'Grant a role to a user',
      description:
        'The grant can have an expiry. If the user already has the role, the request changes the expiry. The caller must ' +
        'have every permission of the role at least until the grant expires. Send the ETag of the user in `If-Match`.',
      params: userAndRole,
      body: z.strictObject({
        expiresAt: future
          .nullable()
          .default(null)
          .describe('Time at which the grant expires. Null: the grant never expires.'),
      }),
      acceptsMatch: true,
      answers: { 200: userSchema },
      problems: ['grant-exceeds-own', 'user-exceeds-own', 'last-admin'],
      handle: async ({ params, body, caller, scope, ifMatch }) => {
        const assignment = { role: params.role, expiresAt: body.expiresAt }
        return ok(
          presentUser(
            await grantRole(maindb, { userId: params.id, caller, scope, ifMatch, publicUrl }, assignment),
            publicUrl,
          ),
        )
      },
    }),
    route({
      operationId: 'revokeRole',
      method: 'delete',
      path: '/users/:id/roles/:role',
      access: 'roles:assign',
      summary: 'Revoke a role from a user',
      description: 'Send the ETag of the user in `If-Match`.',
      params: userAndRole,
      acceptsMatch: true,
      answers: { 204: null },
      problems: ['user-exceeds-own', 'last-admin'],
      handle: async ({ params, caller, scope, ifMatch }) => {
        await revokeRole(maindb, { userId: params.id, caller, scope, ifMatch, publicUrl }, params.role)
        return noContent()
      },
    }),
  ])
