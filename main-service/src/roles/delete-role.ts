import { assertMatch } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { changeRights } from '../permissions/rights.ts'
import { mainProblems } from '../problems.ts'
import { isRoleGranted } from './holder-rows.ts'
import { assertCanEdit } from './role-edit.ts'
import { presentRole } from './role-presenter.ts'
import { countHolders, findRoleForChange } from './role-rows.ts'

interface Deletion {
  /** Deletes the role even if users have it. */
  force: boolean
  ifMatch: string | undefined
}

/**
 * @throws {Problem} 404, 412, 409 `role-seeded`, `role-in-use` or `last-admin`, 403 `grant-exceeds-own` or
 *   `user-exceeds-own`.
 */
export function deleteRole(maindb: Maindb, caller: Caller, id: string, { force, ifMatch }: Deletion): Promise<void> {
  return changeRights(maindb, caller, async (unit) => {
    const role = await findRoleForChange(unit, id)
    if (!role) throw problems.notFound('role')
    assertMatch(ifMatch, presentRole(role))
    if (role.seeded) throw mainProblems.roleSeeded()
    const holders = await countHolders(unit, id)
    if (holders > 0 && !force) throw mainProblems.roleInUse(holders)
    // Includes deleted users with the role, because a restored user does not get the role back.
    if (await isRoleGranted(unit, id)) await assertCanEdit(unit, caller, { role, permissions: [] })
    // Also deletes the grants. One entry in the revocation feed revokes the tokens of all users with the role.
    await unit.Role.destroy({ where: { id } })
    await recordChange(unit, 'role.deleted', {
      target: { type: 'role', id },
      before: { ...presentRole(role), holders },
    })
  })
}
