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
  .regex(/^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/, 'must be resource:action, without wildcards and without :own')

/** Explains why a user may do something, and previews the effect of a role's edit. */
export const accessRoutes = ({ maindb }: Context): Route[] => [
  route({
    method: 'get',
    path: '/access/explain',
    access: 'signed-in',
    summary: 'Explain why a user may or may not do something',
    description:
      'Asking about another user requires `roles:read`. With `owner` the question is about a row of that user. Without ' +
      '`owner` it is about every row: a permission for own rows is listed in `because` but does not allow it.',
    query: z.object({
      user: uuid.optional().describe('Id of the user; default: the caller.'),
      permission: plainPermission.describe('`resource:action`.'),
      owner: uuid.optional().describe('Id of the user who owns the row.'),
    }),
    answers: { 200: explanationSchema },
    handle: async ({ query, caller }) => {
      const userId = query.user ?? caller.id
      const mayAsk = userId === caller.id || reach(caller.claims.permissions, 'roles:read') === 'all'
      if (!mayAsk) throw problems.forbidden('roles:read')
      return ok(await explainAccess(maindb, { userId, permission: query.permission, ownerId: query.owner }))
    },
  }),
  ...ownedByNobody([
    route({
      method: 'post',
      path: '/access/preview',
      access: 'roles:read',
      summary: "Preview which users a role's edit would affect",
      description:
        'Lists each user whose effective permissions would change, with all their roles considered. `summary` says ' +
        'whether the caller could make the edit. An empty `permissions` previews deleting the role. Changes nothing.',
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
