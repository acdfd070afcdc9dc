import { ok, pageQuery, uuid, type Route } from '@likeness/service-kit/http'
import { ownedByNobody } from '@likeness/service-kit/http'
import { reach } from '@likeness/service-kit/identity'
import { problems, text } from '@likeness/service-kit/process'
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

/** Why somebody may do something, and whom a change of a role would touch. */
export const accessRoutes = ({ maindb }: Context): Route[] => [
  route({
    method: 'get',
    path: '/access/explain',
    access: 'signed-in',
    summary: 'Say why a user may do something, or why not',
    description:
      'About somebody else it needs `roles:read`. Without `owner` it is about every row: a permission for their own ' +
      'rows is told in `because`, but does not allow it. With `owner` it is about a row of that user.',
    query: z.object({
      user: uuid.optional().describe('Whom it is about; the caller, unless told.'),
      permission: plainPermission.describe('`resource:action`.'),
      owner: uuid.optional().describe('Whose row it is about.'),
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
      summary: "Say whom a role's edit would touch, before it is made",
      description:
        'Lists each user whose rights would change, all their roles considered; `summary` says whether the caller ' +
        'could make the edit. Without any `permissions` it is what deleting the role would do. Nothing is changed.',
      query: pageQuery(userOrder),
      body: z.strictObject({
        role: text(64).describe('The name of the role, or its id.'),
        permissions: permissionList,
      }),
      answers: { 200: previewSchema },
      handle: ({ query, body, caller, http }) => previewRole(maindb, { caller, ...body }, query, http),
    }),
  ]),
]
