import { assertMatch } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { assertMayGrant, changeRights } from '../permissions/rights.ts'
import { mainProblems } from '../problems.ts'
import { presentRole } from './role-presenter.ts'
import { findRole, findRoleForChange, raiseRoleEpoch, type RoleRow } from './role-rows.ts'

interface RoleChanges {
  name?: string | undefined
  description?: string | undefined
}

/**
 * Changes the name or the description. A new name raises the epoch, because tokens carry the names of roles.
 *
 * @throws {Problem} 404, 412, 409 `role-seeded` when a seeded role is renamed, or `role-name-taken`,
 *   403 `grant-exceeds-own` when a role is renamed whose permissions the caller does not hold.
 */
export function updateRole(
  maindb: Maindb,
  caller: Caller,
  id: string,
  changes: RoleChanges,
  ifMatch: string | undefined,
): Promise<RoleRow> {
  return changeRights(maindb, caller, async (unit) => {
    const role = await findRoleForChange(unit, id)
    if (!role) throw problems.notFound('role')
    assertMatch(ifMatch, presentRole(role))
    const { name = role.name, description = role.description } = changes
    if (name !== role.name && role.seeded) throw mainProblems.roleSeeded()
    // Roles are granted by name: if two roles swapped names, each would be granted in place of the other.
    if (name !== role.name) assertMayGrant(caller, role.permissions)
    await unit.Role.update({ name, description }, { where: { id } })
    if (name !== role.name) await raiseRoleEpoch(unit, id)
    const changed = (await findRole(unit, id)) as RoleRow
    await recordChange(unit, 'role.updated', {
      target: { type: 'role', id },
      before: presentRole(role),
      after: presentRole(changed),
    })
    return changed
  })
}
