import { problems } from '@likeness/service-kit/process'

import { changeUser, type UserChange } from '../accounts/change-user.ts'
import type { Maindb } from '../maindb.ts'
import { permissionsOfRoles } from '../permissions/rights-rows.ts'
import { assertMayGrantUntil } from '../permissions/rights.ts'
import { raiseUserEpoch, type UserRow } from '../users/user-rows.ts'

interface Assignment {
  role: string
  /** null: for good. */
  expiresAt: Date | null
}

/**
 * Gives a user one more role, or says anew until when they have it.
 *
 * @throws {Problem} 404, 412, 403 `grant-exceeds-own` or `user-exceeds-own`, 409 `last-admin` where the last
 *   administrator would be one only for a while.
 */
export function giveRole(maindb: Maindb, change: UserChange, { role, expiresAt }: Assignment): Promise<UserRow> {
  return changeUser(maindb, 'user.roles-changed', change, async (unit, user) => {
    const found = await unit.Role.findOne({ where: { name: role } })
    if (!found) throw problems.notFound('role')
    await assertMayGrantUntil(unit, change.caller, await permissionsOfRoles(unit, [found.id]), expiresAt)
    const grant = { userId: user.id, roleId: found.id, expiresAt }
    await unit.UserRole.bulkCreate([grant], { updateOnDuplicate: ['expiresAt'] })
    await raiseUserEpoch(unit, user.id)
  })
}
