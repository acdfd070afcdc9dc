import { assertMatch } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { presentPermission } from './permission-presenter.ts'
import { findPermissionForChange, isPermissionInUse } from './permission-rows.ts'
import { changeRights } from './rights.ts'

/** @throws {Problem} 404, 412, 409 `permission-seeded`, or `permission-in-use` if a role has it. */
export function deletePermission(
  maindb: Maindb,
  caller: Caller,
  id: string,
  ifMatch: string | undefined,
): Promise<void> {
  return changeRights(maindb, caller, async (unit) => {
    const permission = await findPermissionForChange(unit, id)
    if (!permission) throw problems.notFound('permission')
    assertMatch(ifMatch, presentPermission(permission))
    if (permission.seeded) throw mainProblems.permissionSeeded()
    if (await isPermissionInUse(unit, id)) throw mainProblems.permissionInUse()
    await unit.Permission.destroy({ where: { id } })
    await recordChange(unit, 'permission.deleted', {
      target: { type: 'permission', id },
      before: presentPermission(permission),
    })
  })
}
