import { problems } from '@likeness/service-kit/process'

import { changeUser, type UserChange } from '../accounts/change-user.ts'
import type { Maindb } from '../maindb.ts'
import { assertCanGrantUntil } from '../permissions/rights.ts'
import { permissionsOf } from '../roles/role-rows.ts'
import { raiseUserEpoch, type UserRow } from '../users/user-rows.ts'

interface Assignment {
  role: string
  /** null: the grant never expires. */
  expiresAt: Date | null
}

/**
 * Grants a role to a user, or changes the expiry of a role that the user has.
 *
 * @throws {Problem} 404, 412, 403 `grant-exceeds-own` or `user-exceeds-own`, 409 `last-admin` if the grant of the last
 *   administrator would get an expiry.
 */
export function grantRole(maindb: Maindb, change: UserChange, { role, expiresAt }: Assignment): Promise<UserRow> {
  return changeUser(maindb, 'user.roles-changed', change, async (unit, user) => {
    const found = await unit.Role.findOne({ where: { name: role }, include: ['permissions'] })
    if (!found) throw problems.notFound('role')
    await assertCanGrantUntil(unit, change.caller, permissionsOf([found]), expiresAt)
    const grant = { userId: user.id, roleId: found.id, expiresAt }
    await unit.UserRole.bulkCreate([grant], { updateOnDuplicate: ['expiresAt'] })
    await raiseUserEpoch(unit, user.id)
  })
}
