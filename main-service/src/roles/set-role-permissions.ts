import { assertMatch } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { changeRights } from '../permissions/rights.ts'
import { assertCanEdit } from './role-edit.ts'
import { presentRole } from './role-presenter.ts'
import { findRole, findRoleForChange, raiseRoleEpoch, replaceRolePermissions, type RoleRow } from './role-rows.ts'

/**
 * Replaces all permissions of a role. The caller must have every permission that is added or removed, and every
 * permission of the affected users.
 *
 * @throws {Problem} 404, 412, 422 for an unknown permission, 403 `grant-exceeds-own` or `user-exceeds-own`,
 *   409 `last-admin`.
 */
export function setRolePermissions(
  maindb: Maindb,
  caller: Caller,
  id: string,
  permissions: string[],
  ifMatch: string | undefined,
): Promise<RoleRow> {
  return changeRights(maindb, caller, async (unit) => {
    const role = await findRoleForChange(unit, id)
    if (!role) throw problems.notFound('role')
    assertMatch(ifMatch, presentRole(role))
    const found = await unit.Permission.findAll({ where: { name: permissions } })
    const permissionIds = idsOf('permissions', permissions, found)
    if (isSame(role.permissions, permissions)) return role
    await assertCanEdit(unit, caller, { role, permissions })
    await replaceRolePermissions(unit, id, permissionIds)
    await raiseRoleEpoch(unit, id)
    const changedRole = (await findRole(unit, id)) as RoleRow
    await recordChange(unit, 'role.permissions-changed', {
      target: { type: 'role', id },
      before: presentRole(role),
      after: presentRole(changedRole),
    })
    return changedRole
  })
}

const isSame = (one: string[], other: string[]) =>
  one.every((name) => other.includes(name)) && other.every((name) => one.includes(name))
