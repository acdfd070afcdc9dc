import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { presentPermission } from './permission-presenter.ts'
import { insertPermission, type PermissionRow } from './permission-rows.ts'

/** A permission that no role has yet. @throws {Problem} 409 `permission-name-taken`. */
export function createPermission(
  maindb: Maindb,
  fields: { name: string; description: string },
): Promise<PermissionRow> {
  return maindb.transaction(async (sql) => {
    const permission = await insertPermission(sql, fields)
    await recordChange(sql, 'permission.created', {
      target: { type: 'permission', id: permission.id },
      after: presentPermission(permission),
    })
    return permission
  })
}
