import type { Caller } from '@likeness/service-kit/process'
import { uuidv7 } from 'uuidv7'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { assertCanGrant, changeRights } from '../permissions/rights.ts'
import { presentRole } from './role-presenter.ts'
import { findRole, replaceNameKeys, replaceRolePermissions, type RoleRow } from './role-rows.ts'

interface NewRole {
  name: string
  description: string
  permissions: string[]
}

/** @throws {Problem} 422 for an unknown permission, 403 `grant-exceeds-own`, 409 `role-name-taken`. */
export function createRole(maindb: Maindb, caller: Caller, { permissions, ...fields }: NewRole): Promise<RoleRow> {
  return changeRights(maindb, caller, async (unit) => {
    const found = await unit.Permission.findAll({ where: { name: permissions } })
    const permissionIds = idsOf('permissions', permissions, found)
    assertCanGrant(caller, permissions)
    const { id } = await unit.Role.create({ id: uuidv7(), ...fields })
    await replaceNameKeys(unit, id, fields.name)
    await replaceRolePermissions(unit, id, permissionIds)
    const role = (await findRole(unit, id)) as RoleRow
    await recordChange(unit, 'role.created', { target: { type: 'role', id }, after: presentRole(role) })
    return role
  })
}
