import { assertMatch } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { presentPermission } from './permission-presenter.ts'
import { findPermissionForChange, isPermissionInUse, type PermissionRow } from './permission-rows.ts'
import { changeRights } from './rights.ts'

interface PermissionChanges {
  name?: string | undefined
  description?: string | undefined
}

/**
 * Updates the description, or the name while no role has the permission. If a role had it, renaming would grant the
 * users of the role a permission that nobody granted.
 *
 * @throws {Problem} 404, 412, 409 `permission-seeded`, `permission-in-use` or `permission-name-taken`.
 */
export function updatePermission(
  maindb: Maindb,
  caller: Caller,
  id: string,
  changes: PermissionChanges,
  ifMatch: string | undefined,
): Promise<PermissionRow> {
  return changeRights(maindb, caller, async (unit) => {
    const permission = await findPermissionForChange(unit, id)
    if (!permission) throw problems.notFound('permission')
    assertMatch(ifMatch, presentPermission(permission))
    const { name = permission.name, description = permission.description } = changes
    if (name !== permission.name) {
      if (permission.seeded) throw mainProblems.permissionSeeded()
      if (await isPermissionInUse(unit, id)) throw mainProblems.permissionInUse()
    }
    await unit.Permission.update({ name, description }, { where: { id } })
    const changed = (await unit.Permission.findByPk(id)) as PermissionRow
    await recordChange(unit, 'permission.updated', {
      target: { type: 'permission', id },
      before: presentPermission(permission),
      after: presentPermission(changed),
    })
    return changed
  })
}
