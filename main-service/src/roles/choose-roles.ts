import { emailDomain } from '@likeness/service-kit/identity'
import type { Caller } from '@likeness/service-kit/process'

import type { Features } from '../features/features.ts'
import type { MaindbUnit } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { permissionsOfRoles } from '../permissions/rights-rows.ts'
import { assertMayGrantUntil } from '../permissions/rights.ts'

/** The roles that somebody new is to have, by their names. */
interface ChosenRoles {
  names: string[]
  /** What everybody gets who registers need not be held to be given, as long as they could. */
  isEverybodys: boolean
}

/** Those that are named, or everybody's own, `user`. */
export async function chooseRoles(
  features: Features,
  email: string,
  names: string[] | undefined,
): Promise<ChosenRoles> {
  if (names) return { names, isEverybodys: false }
  return { names: ['user'], isEverybodys: await features.isOn('registration', { emailDomain: emailDomain(email) }) }
}

/**
 * The ids of chosen roles, which the caller may give.
 *
 * @throws {Problem} 422 for an unknown role, 403 `grant-exceeds-own`.
 */
export async function grantableRoles(
  unit: MaindbUnit,
  caller: Caller,
  { names, isEverybodys }: ChosenRoles,
): Promise<string[]> {
  const roleIds = idsOf('roles', names, await unit.Role.findAll({ where: { name: names } }))
  if (!isEverybodys) await assertMayGrantUntil(unit, caller, await permissionsOfRoles(unit, roleIds), null)
  return roleIds
}
