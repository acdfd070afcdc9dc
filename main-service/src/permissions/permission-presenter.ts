import { z } from 'zod'

import type { PermissionRow } from './permission-rows.ts'

export const permissionSchema = z
  .object({
    id: z.uuid(),
    name: z.string().describe('`resource:action` or `resource:action:own`, with `*` as wildcard.'),
    description: z.string(),
    seeded: z
      .boolean()
      .describe('Whether the permission is built in. Built-in permissions cannot be renamed or deleted.'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Permission' })

export function presentPermission(row: PermissionRow): z.output<typeof permissionSchema> {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    seeded: row.seeded,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
