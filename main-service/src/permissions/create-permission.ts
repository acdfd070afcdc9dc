import type { Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { presentPermission } from './permission-presenter.ts'
import { insertPermission, type PermissionRow } from './permission-rows.ts'
import { changeRights } from './rights.ts'

/** A permission that no role has yet. @throws {Problem} 409 `permission-name-taken`. */
export function createPermission(
  maindb: Maindb,
  caller: Caller,
  fields: { name: string; description: string },
): Promise<PermissionRow> {
  return changeRights(maindb, caller, async (sql) => {
    const permission = await insertPermission(sql, fields)
    await recordChange(sql, 'permission.created', {
      target: { type: 'permission', id: permission.id },
      after: presentPermission(permission),
    })
    return permission
  })
}
