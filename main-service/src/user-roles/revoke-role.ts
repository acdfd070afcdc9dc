import { problems } from '@likeness/service-kit/process'

import { changeUser, type UserChange } from '../accounts/change-user.ts'
import { revokeUserRole } from '../grants/user-role-rows.ts'
import type { Maindb } from '../maindb.ts'
import { raiseUserEpoch } from '../users/user-rows.ts'

/** @throws {Problem} 404, also if the user does not have the role, 412, 403 `user-exceeds-own`, 409 `last-admin`. */
export async function revokeRole(maindb: Maindb, change: UserChange, role: string): Promise<void> {
  await changeUser(maindb, 'user.roles-changed', change, async (unit, user) => {
    const found = await unit.Role.findOne({ where: { name: role } })
    if (!found || !(await revokeUserRole(unit, user.id, found.id))) throw problems.notFound('role of this user')
    await raiseUserEpoch(unit, user.id)
  })
}
