import { z } from 'zod'

import type { RoleRow } from './role-rows.ts'

export const roleSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string(),
    permissions: z.array(z.string()).describe('Names of permissions.'),
    seeded: z.boolean().describe('Whether the role is built in. Built-in roles cannot be renamed or deleted.'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Role' })

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
