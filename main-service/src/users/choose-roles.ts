import type { Caller } from '@likeness/service-kit'

import type { Sql } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { assertMayGrant } from '../permissions/rights.ts'
import { permissionsOfRoles } from '../permissions/rights-rows.ts'
import { findRolesByName } from '../roles/role-rows.ts'

/**
 * The ids of the roles that somebody new gets: those that the caller names and may grant, or everybody's own, `user`.
 *
 * @throws {Problem} 422 for an unknown role, 403 `grant-exceeds-own`.
 */
export async function chooseRoles(sql: Sql, caller: Caller, names: string[] | undefined): Promise<string[]> {
  const wanted = names ?? ['user']
  const roleIds = idsOf('roles', wanted, await findRolesByName(sql, wanted))
  // What everybody gets who registers need not be held to be given.
  if (names) assertMayGrant(caller, await permissionsOfRoles(sql, roleIds))
  return roleIds
}
