import { emailDomain } from '@likeness/internal-api'
import type { Caller } from '@likeness/service-kit/process'

import type { Features } from '../features/features.ts'
import type { MaindbUnit } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { assertCanGrantUntil } from '../permissions/rights.ts'
import { permissionsOf } from './role-rows.ts'

/** The names of the roles for a new user. */
interface ChosenRoles {
  names: string[]
  /** Whether registration would grant these roles too. Then the caller can grant roles without having their permissions. */
  isOpenToRegister: boolean
}

/** The roles with these names; by default the role `user`. */
export async function chooseRoles(
  features: Features,
  email: string,
  names: string[] | undefined,
): Promise<ChosenRoles> {
  if (names) return { names, isOpenToRegister: false }
  const isOpenToRegister = await features.isOn('registration', { emailDomain: emailDomain(email) })
  return { names: ['user'], isOpenToRegister }
}

/**
 * The ids of the chosen roles. Checks that the caller can grant them.
 *
 * @throws {Problem} 422 for an unknown role, 403 `grant-exceeds-own`.
 */
export async function grantableRoles(
  unit: MaindbUnit,
  caller: Caller,
  { names, isOpenToRegister }: ChosenRoles,
): Promise<string[]> {
  const roles = await unit.Role.findAll({ where: { name: names }, include: ['permissions'] })
  const roleIds = idsOf('roles', names, roles)
  if (!isOpenToRegister) await assertCanGrantUntil(unit, caller, permissionsOf(roles), null)
  return roleIds
}
