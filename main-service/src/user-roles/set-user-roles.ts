import { changeUser, type UserChange } from '../accounts/change-user.ts'
import { replaceUserRoles } from '../grants/user-role-rows.ts'
import type { Maindb } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { assertCanGrantUntil } from '../permissions/rights.ts'
import { permissionsOf } from '../roles/role-rows.ts'
import { raiseUserEpoch, type UserRow } from '../users/user-rows.ts'

/**
 * Replaces all roles of a user. New roles do not expire, so the caller must have their permissions without expiry.
 *
 * @throws {Problem} 404, 412, 422 for an unknown role, 403 `grant-exceeds-own` or `user-exceeds-own`, 409 `last-admin`.
 */
export function setUserRoles(maindb: Maindb, change: UserChange, names: string[]): Promise<UserRow> {
  return changeUser(maindb, 'user.roles-changed', change, async (unit, user) => {
    const roles = await unit.Role.findAll({ where: { name: names }, include: ['permissions'] })
    const roleIds = idsOf('roles', names, roles)
    const added = roles.filter(({ name }) => !user.roles.includes(name))
    const removed = user.roles.filter((name) => !names.includes(name))
    if (added.length + removed.length === 0) return
    await assertCanGrantUntil(unit, change.caller, permissionsOf(added), null)
    await replaceUserRoles(unit, user.id, roleIds)
    await raiseUserEpoch(unit, user.id)
  })
}
