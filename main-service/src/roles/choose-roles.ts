import { emailDomain } from '@likeness/internal-api'
import type { Caller } from '@likeness/service-kit/process'

import type { Features } from '../features/features.ts'
import type { MaindbUnit } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { assertMayGrantUntil } from '../permissions/rights.ts'
import { permissionsOf } from './role-rows.ts'

/** The names of the roles for a new user. */
interface ChosenRoles {
  names: string[]
  /** Whether registration would give these roles anyway. Then the caller need not hold them to grant them. */
  isEverybodys: boolean
}

/** The named roles; by default the role `user`. */
export async function chooseRoles(
  features: Features,
  email: string,
  names: string[] | undefined,
): Promise<ChosenRoles> {
  if (names) return { names, isEverybodys: false }
  return { names: ['user'], isEverybodys: await features.isOn('registration', { emailDomain: emailDomain(email) }) }
}

/**
 * The ids of the chosen roles, after checking that the caller may grant them.
 *
 * @throws {Problem} 422 for an unknown role, 403 `grant-exceeds-own`.
 */
export async function grantableRoles(
  unit: MaindbUnit,
  caller: Caller,
  { names, isEverybodys }: ChosenRoles,
): Promise<string[]> {
  const roles = await unit.Role.findAll({ where: { name: names }, include: ['permissions'] })
  const roleIds = idsOf('roles', names, roles)
  if (!isEverybodys) await assertMayGrantUntil(unit, caller, permissionsOf(roles), null)
  return roleIds
}
