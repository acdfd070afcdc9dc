import type { Caller } from '@likeness/service-kit/process'
import { uuidv7 } from 'uuidv7'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { presentPermission } from './permission-presenter.ts'
import type { PermissionRow } from './permission-rows.ts'
import { changeRights } from './rights.ts'

/** @throws {Problem} 409 `permission-name-taken`. */
export function createPermission(
  maindb: Maindb,
  caller: Caller,
  fields: { name: string; description: string },
): Promise<PermissionRow> {
  return changeRights(maindb, caller, async (unit) => {
    const permission = await unit.Permission.create({ id: uuidv7(), ...fields })
    await recordChange(unit, 'permission.created', {
      target: { type: 'permission', id: permission.id },
      after: presentPermission(permission),
    })
    return permission
  })
}
