import { text, userSchema, uuid } from '@likeness/internal-api'
import { created, noContent, ok, ownedByNobody, page, pageOf, pageQuery, type Route } from '@likeness/service-kit/http'
import { elsewhere, problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentUser } from '../users/user-presenter.ts'
import { countUsers, listUsers, userOrder } from '../users/user-rows.ts'
import { roleName } from '../users/user-schema.ts'
import { createRole } from './create-role.ts'
import { deleteRole } from './delete-role.ts'
import { newRoleName } from './role-name.ts'
import { presentRole, roleSchema } from './role-presenter.ts'
import { findRole, listRoles, roleOrder } from './role-rows.ts'
import { permissionList } from './role-schema.ts'
import { setRolePermissions } from './set-role-permissions.ts'
import { updateRole } from './update-role.ts'

const description = text(1_000).describe('What the role is for, at most 1000 characters.')
const nameRule =
  'At most 64 letters, digits, blanks and some signs, of one script. No other role can have a name that looks the same, ' +
  'or differs only in case. The name is stored in the Unicode form NFKC.'
const roleId = z.object({ id: uuid.describe('Id of the role.') })

export const roleRoutes = ({ maindb, environment }: Context): Route[] =>
  ownedByNobody([
    route({
      operationId: 'listRoles',
      method: 'get',
      path: '/roles',
      access: 'roles:read',
      summary: 'List roles',
      description:
        'Lists built-in roles, and roles that administrators created, each with its permissions. They are sorted by name unless `sort` is given.',
      query: pageQuery(roleOrder),
      answers: { 200: pageOf(roleSchema) },
      handle: async ({ query, http }) =>
        page(
          http,
          query,
          await listRoles(maindb, query),
          (rows) => rows.map(presentRole),
          () => maindb.Role.count(),
        ),
    }),
    route({
      operationId: 'createRole',
      method: 'post',
      path: '/roles',
      access: 'roles:write',
      summary: 'Create a role',
      description: 'The caller must have every permission of the new role.',
      body: z.strictObject({
        name: newRoleName.describe(nameRule),
        description: description.default(''),
        permissions: permissionList.default([]),
      }),
      answers: { 201: roleSchema },
      problems: ['grant-exceeds-own', 'role-name-taken'],
      handle: async ({ body, caller }) => {
        const role = await createRole(maindb, caller, body)
        return created(`/api/v1/roles/${role.id}`, presentRole(role))
      },
    }),
    route({
      operationId: 'getRole',
      method: 'get',
      path: '/roles/:id',
      access: 'roles:read',
      summary: 'Get a role',
      description: 'Returns the role with its permissions. A change of the role requires its `ETag`.',
      params: roleId,
      answers: { 200: roleSchema },
      handle: async ({ params }) => {
        const role = await findRole(maindb, params.id)
        if (!role) throw problems.notFound('role')
        return ok(presentRole(role))
      },
    }),
    route({
      operationId: 'updateRole',
      method: 'patch',
      path: '/roles/:id',
      access: 'roles:write',
      summary: 'Update the name or description of a role',
      description:
        'To rename a role, the caller must have every permission of the role, because roles are granted by name. Built-in ' +
        'roles cannot be renamed.',
      params: roleId,
      body: z
        .strictObject({ name: roleName.optional().describe(nameRule), description: description.optional() })
        .register(elsewhere, { permissions: 'set the permissions with PUT /roles/{id}/permissions' }),
      requiresMatch: true,
      answers: { 200: roleSchema },
      problems: ['role-seeded', 'role-name-taken', 'grant-exceeds-own'],
      handle: async ({ params, body, caller, ifMatch }) =>
        ok(presentRole(await updateRole(maindb, caller, params.id, body, ifMatch))),
    }),
    route({
      operationId: 'deleteRole',
      method: 'delete',
      path: '/roles/:id',
      access: 'roles:write',
      summary: 'Delete a role',
      description:
        'Deletes a role that no user has. With `force=true`, also deletes a role that users have. These users lose ' +
        'the permissions of the role. Built-in roles cannot be deleted. `POST /access/preview` with an empty list of permissions lists the ' +
        'affected users.',
      params: roleId,
      query: z.object({
        force: z.enum(['true', 'false']).default('false').describe('`true` deletes the role even if users have it.'),
      }),
      acceptsMatch: true,
      answers: { 204: null },
      problems: ['role-seeded', 'role-in-use', 'grant-exceeds-own', 'user-exceeds-own', 'last-admin'],
      handle: async ({ params, query, caller, ifMatch }) => {
        await deleteRole(maindb, caller, params.id, { force: query.force === 'true', ifMatch })
        return noContent()
      },
    }),
    route({
      operationId: 'setRolePermissions',
      method: 'put',
      path: '/roles/:id/permissions',
      access: 'roles:write',
      summary: "Set a role's permissions",
      description:
        'Replaces all permissions of the role. The caller must have every permission that is added or removed, and every ' +
        'permission of the affected users. `POST /access/preview` previews the effect. Send the ETag of the role in ' +
        '`If-Match`.',
      params: roleId,
      body: z.strictObject({ permissions: permissionList }),
      requiresMatch: true,
      answers: { 200: roleSchema },
      problems: ['grant-exceeds-own', 'user-exceeds-own', 'last-admin'],
      handle: async ({ params, body, caller, ifMatch }) =>
        ok(presentRole(await setRolePermissions(maindb, caller, params.id, body.permissions, ifMatch))),
    }),
    route({
      operationId: 'listRoleUsers',
      method: 'get',
      path: '/roles/:id/users',
      access: 'roles:read',
      summary: 'List the users who have a role',
      description:
        'Lists the users who have the role now. Deleted users, and users whose grant has expired, are left out.',
      params: roleId,
      query: pageQuery(userOrder),
      answers: { 200: pageOf(userSchema) },
      handle: async ({ params, query, http }) => {
        if (!(await findRole(maindb, params.id))) throw problems.notFound('role')
        const filter = { roleId: params.id }
        return page(
          http,
          query,
          await listUsers(maindb, filter, query),
          (rows) => rows.map((row) => presentUser(row, environment.PUBLIC_URL)),
          () => countUsers(maindb, filter),
        )
      },
    }),
  ])
