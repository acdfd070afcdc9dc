import type { Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { findPermissionsByName } from '../permissions/permission-rows.ts'
import { assertMayGrant, changeRights } from '../permissions/rights.ts'
import { presentRole } from './role-presenter.ts'
import { findRole, insertRole, replaceRolePermissions, type RoleRow } from './role-rows.ts'

interface NewRole {
  name: string
  description: string
  permissions: string[]
}

/** @throws {Problem} 422 for an unknown permission, 403 `grant-exceeds-own`, 409 `role-name-taken`. */
export function createRole(maindb: Maindb, caller: Caller, role: NewRole): Promise<RoleRow> {
  return changeRights(maindb, caller, async (sql) => {
    const permissionIds = idsOf('permissions', role.permissions, await findPermissionsByName(sql, role.permissions))
    assertMayGrant(caller, role.permissions)
    const id = await insertRole(sql, role)
    await replaceRolePermissions(sql, id, permissionIds)
    const made = (await findRole(sql, id)) as RoleRow
    await recordChange(sql, 'role.created', { target: { type: 'role', id }, after: presentRole(made) })
    return made
  })
}
