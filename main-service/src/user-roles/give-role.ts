import { problems } from '@likeness/service-kit/process'

import { changeUser, type UserChange } from '../accounts/change-user.ts'
import { giveUserRole } from '../grants/user-role-rows.ts'
import type { Maindb } from '../maindb.ts'
import { permissionsOfRoles } from '../permissions/rights-rows.ts'
import { assertMayGrantUntil } from '../permissions/rights.ts'
import { findRolesByName } from '../roles/role-rows.ts'
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
  return changeUser(maindb, 'user.roles-changed', change, async (sql, user) => {
    const [found] = await findRolesByName(sql, [role])
    if (!found) throw problems.notFound('role')
    await assertMayGrantUntil(sql, change.caller, await permissionsOfRoles(sql, [found.id]), expiresAt)
    await giveUserRole(sql, user.id, found.id, expiresAt)
    await raiseUserEpoch(sql, user.id)
  })
}
