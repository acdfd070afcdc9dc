import { createdAt, updatedAt } from '@likeness/internal-api'
import { z } from 'zod'

import type { PermissionRow } from './permission-rows.ts'

export const permissionSchema = z
  .object({
    id: z.uuid().describe('Id of the permission.'),
    name: z.string().describe('`resource:action` or `resource:action:own`, with `*` as wildcard.'),
    description: z.string().describe('What the permission allows; empty if nobody described it.'),
    seeded: z
      .boolean()
      .describe('Whether the permission is built in. Built-in permissions cannot be renamed or deleted.'),
    createdAt,
    updatedAt,
  })
  .meta({ id: 'Permission', description: 'A permission, which roles grant to their users.' })

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
