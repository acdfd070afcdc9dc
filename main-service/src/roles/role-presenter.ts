import { createdAt, updatedAt } from '@likeness/internal-api'
import { z } from 'zod'

import type { RoleRow } from './role-rows.ts'

export const roleSchema = z
  .object({
    id: z.uuid().describe('Id of the role.'),
    name: z.string().describe('Name of the role, which is unique.'),
    description: z.string().describe('What the role is for; empty if nobody described it.'),
    permissions: z
      .array(z.string().describe('Name of a permission, such as `media:read`.'))
      .describe('Names of the permissions that the role grants.'),
    seeded: z.boolean().describe('Whether the role is built in. Built-in roles cannot be renamed or deleted.'),
    createdAt,
    updatedAt,
  })
  .meta({ id: 'Role', description: 'A named set of permissions, which users can have.' })

export function presentRole(row: RoleRow): z.output<typeof roleSchema> {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    permissions: row.permissions,
    seeded: row.seeded,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
