import { changeUser, type UserChange } from '../accounts/change-user.ts'
import { replaceUserRoles } from '../grants/user-role-rows.ts'
import type { Maindb } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { permissionsOfRoles } from '../permissions/rights-rows.ts'
import { assertMayGrantUntil } from '../permissions/rights.ts'
import { findRolesByName } from '../roles/role-rows.ts'
import { raiseUserEpoch, type UserRow } from '../users/user-rows.ts'

/**
 * A user gets exactly these roles. What is new, for good, the caller must hold, for good.
 *
 * @throws {Problem} 404, 412, 422 for an unknown role, 403 `grant-exceeds-own` or `user-exceeds-own`, 409 `last-admin`.
 */
export function setUserRoles(maindb: Maindb, change: UserChange, names: string[]): Promise<UserRow> {
  return changeUser(maindb, 'user.roles-changed', change, async (sql, user) => {
    const roles = await findRolesByName(sql, names)
    const roleIds = idsOf('roles', names, roles)
    const added = roles.filter(({ name }) => !user.roles.includes(name))
    const removed = user.roles.filter((name) => !names.includes(name))
    if (added.length + removed.length === 0) return
    const addedIds = added.map(({ id }) => id)
    await assertMayGrantUntil(sql, change.caller, await permissionsOfRoles(sql, addedIds), null)
    await replaceUserRoles(sql, user.id, roleIds)
    await raiseUserEpoch(sql, user.id)
  })
}
