import { assertMatch } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { assertCanGrant, changeRights } from '../permissions/rights.ts'
import { mainProblems } from '../problems.ts'
import { changedRoleName } from './role-name.ts'
import { presentRole } from './role-presenter.ts'
import { findRole, findRoleForChange, raiseRoleEpoch, replaceNameKeys, type RoleRow } from './role-rows.ts'

interface RoleChanges {
  name?: string | undefined
  description?: string | undefined
}

/**
 * Updates the name or the description. A new name increments the epoch, because tokens contain the names of roles.
 *
 * @throws {Problem} 404, 412, 422 for an invalid name, 409 `role-seeded` if a seeded role would be renamed, or `role-name-taken`,
 *   403 `grant-exceeds-own` if the caller renames a role and does not have all of its permissions.
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
    const { description = role.description } = changes
    const name = changedRoleName(changes.name ?? role.name, role.name)
    if (name !== role.name && role.seeded) throw mainProblems.roleSeeded()
    // Roles are granted by name. If two roles swapped their names, each would be granted instead of the other.
    if (name !== role.name) assertCanGrant(caller, role.permissions)
    await unit.Role.update({ name, description }, { where: { id } })
    if (name !== role.name) {
      await replaceNameKeys(unit, id, name)
      await raiseRoleEpoch(unit, id)
    }
    const changed = (await findRole(unit, id)) as RoleRow
    await recordChange(unit, 'role.updated', {
      target: { type: 'role', id },
      before: presentRole(role),
      after: presentRole(changed),
    })
    return changed
  })
}
