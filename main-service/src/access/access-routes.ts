import { text, uuid } from '@likeness/internal-api'
import { ok, ownedByNobody, pageQuery, type Route } from '@likeness/service-kit/http'
import { reach } from '@likeness/service-kit/identity'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { permissionList } from '../roles/role-schema.ts'
import { route } from '../route.ts'
import { userOrder } from '../users/user-rows.ts'
import { explainAccess, explanationSchema } from './explain-access.ts'
import { previewRole, previewSchema } from './preview-role.ts'

const plainPermission = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/, 'must be resource:action, without wildcard and without :own')

/** Routes that explain the access of a user and preview the effect of a change of a role. */
export const accessRoutes = ({ maindb }: Context): Route[] => [
  route({
    operationId: 'explainAccess',
    method: 'get',
    path: '/access/explain',
    access: 'signed-in',
    summary: 'Explain why a user has or lacks a permission',
    description:
      'An explanation for another user requires `roles:read`. With `owner`, the explanation is about rows of that user. ' +
      'Without `owner`, the explanation is about all rows: if the user has only `resource:action:own`, `because` lists ' +
      'this grant, but `allowed` is false.',
    query: z.object({
      user: uuid.optional().describe('Id of the user. Default: the caller.'),
      permission: plainPermission.describe('Name of the permission: `resource:action`.'),
      owner: uuid.optional().describe('Id of the user who owns the rows.'),
    }),
    answers: { 200: explanationSchema },
    problems: ['not-found', 'forbidden'],
    handle: async ({ query, caller }) => {
      const userId = query.user ?? caller.id
      const canAsk = userId === caller.id || reach(caller.claims.permissions, 'roles:read') === 'all'
      if (!canAsk) throw problems.forbidden('roles:read')
      return ok(await explainAccess(maindb, { userId, permission: query.permission, ownerId: query.owner }))
    },
  }),
  ...ownedByNobody([
    route({
      operationId: 'previewRole',
      method: 'post',
      path: '/access/preview',
      access: 'roles:read',
      summary: "Preview a change of a role's permissions",
      description:
        'Lists each user whose permissions would change, taking all roles of the user into account. `summary` says ' +
        'whether the caller is allowed to make the change. An empty list of `permissions` previews the deletion of the ' +
        'role. This request changes nothing.',
      query: pageQuery(userOrder),
      body: z.strictObject({
        role: text(64).describe('Name or id of the role.'),
        permissions: permissionList,
      }),
      answers: { 200: previewSchema },
      handle: ({ query, body, caller, http }) => previewRole(maindb, { caller, ...body }, query, http),
    }),
  ]),
]
