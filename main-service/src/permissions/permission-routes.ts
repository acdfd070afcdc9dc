import { text, uuid } from '@likeness/internal-api'
import { created, noContent, ok, ownedByNobody, page, pageOf, pageQuery, type Route } from '@likeness/service-kit/http'
import { permissionPattern } from '@likeness/service-kit/identity'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { createPermission } from './create-permission.ts'
import { deletePermission } from './delete-permission.ts'
import { permissionSchema, presentPermission } from './permission-presenter.ts'
import { listPermissions, permissionOrder } from './permission-rows.ts'
import { updatePermission } from './update-permission.ts'

const permissionName = z
  .string()
  .max(100)
  .regex(
    permissionPattern,
    'must be resource:action or resource:action:own, with * for any resource or any action; or * alone, for everything',
  )
  .describe('`resource:action` or `resource:action:own`, with `*` as wildcard.')
const description = text(1_000).describe('What the permission allows, at most 1000 characters.')
const permissionId = z.object({ id: uuid.describe('Id of the permission.') })

export const permissionRoutes = ({ maindb }: Context): Route[] =>
  ownedByNobody([
    route({
      operationId: 'listPermissions',
      method: 'get',
      path: '/permissions',
      access: 'permissions:read',
      summary: 'List permissions',
      description:
        'Lists built-in permissions, and permissions that administrators created. They are sorted by name unless `sort` is given.',
      query: pageQuery(permissionOrder),
      answers: { 200: pageOf(permissionSchema) },
      handle: async ({ query, http }) =>
        page(
          http,
          query,
          await listPermissions(maindb, query),
          (rows) => rows.map(presentPermission),
          () => maindb.Permission.count(),
        ),
    }),
    route({
      operationId: 'createPermission',
      method: 'post',
      path: '/permissions',
      access: 'permissions:write',
      summary: 'Create a permission',
      description:
        'Likeness checks only the permissions that its routes require, and wildcards that include them. You can create ' +
        'other permissions for your own services, because the access tokens of users contain all permissions.',
      body: z.strictObject({ name: permissionName, description: description.default('') }),
      answers: { 201: permissionSchema },
      problems: ['permission-name-taken'],
      handle: async ({ body, caller }) => {
        const permission = await createPermission(maindb, caller, body)
        return created(`/api/v1/permissions/${permission.id}`, presentPermission(permission))
      },
    }),
    route({
      operationId: 'getPermission',
      method: 'get',
      path: '/permissions/:id',
      access: 'permissions:read',
      summary: 'Get a permission',
      description: 'Returns the name and the description of the permission.',
      params: permissionId,
      answers: { 200: permissionSchema },
      handle: async ({ params }) => {
        const permission = await maindb.Permission.findByPk(params.id)
        if (!permission) throw problems.notFound('permission')
        return ok(presentPermission(permission))
      },
    }),
    route({
      operationId: 'updatePermission',
      method: 'patch',
      path: '/permissions/:id',
      access: 'permissions:write',
      summary: 'Update a permission',
      description:
        'The name can be changed only while no role has the permission. Built-in permissions cannot be renamed.',
      params: permissionId,
      body: z.strictObject({ name: permissionName.optional(), description: description.optional() }),
      acceptsMatch: true,
      answers: { 200: permissionSchema },
      problems: ['permission-seeded', 'permission-in-use', 'permission-name-taken'],
      handle: async ({ params, body, caller, ifMatch }) =>
        ok(presentPermission(await updatePermission(maindb, caller, params.id, body, ifMatch))),
    }),
    route({
      operationId: 'deletePermission',
      method: 'delete',
      path: '/permissions/:id',
      access: 'permissions:write',
      summary: 'Delete a permission',
      description: 'Built-in permissions, and permissions that a role has, cannot be deleted.',
      params: permissionId,
      acceptsMatch: true,
      answers: { 204: null },
      problems: ['permission-seeded', 'permission-in-use'],
      handle: async ({ params, caller, ifMatch }) => {
        await deletePermission(maindb, caller, params.id, ifMatch)
        return noContent()
      },
    }),
  ])
