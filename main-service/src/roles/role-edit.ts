import { holds } from '@likeness/service-kit/identity'
import type { Caller } from '@likeness/service-kit/process'

import type { MaindbUnit } from '../maindb.ts'
import { grantFaults, isOneself, refusalOf, type GrantFault } from '../permissions/rights.ts'
import { mainProblems } from '../problems.ts'
import { effectiveChange, type EffectiveChange } from './effective-change.ts'
import { groupHolders, isRoleGiven, permissionNames, permissionsByRole, type HolderGroup } from './holder-rows.ts'

/** A role that is to have these permissions, and no others; none of them, where it is to be deleted. */
export interface RoleEdit {
  role: { id: string; name: string; permissions: string[] }
  permissions: string[]
}

/** Holders of a role whom an edit of it touches: what they may do after it is not what they may do now. */
export interface TouchedGroup extends HolderGroup, EffectiveChange {
  /** Every permission that they have now. */
  held: string[]
}

/** Whom an edit touches, the caller among them, and what it gives and takes. */
export async function touchedGroups(
  unit: MaindbUnit,
  caller: Caller,
  { role, permissions }: RoleEdit,
): Promise<TouchedGroup[]> {
  const groups = await groupHolders(unit, role.id, caller.id)
  const known = await permissionNames(unit)
  const rolesOf = ({ others }: HolderGroup) => others.split(',').filter(Boolean)
  const byRole = await permissionsByRole(unit, [...new Set(groups.flatMap(rolesOf))])
  return groups
    .map((group) => {
      const beside = rolesOf(group).flatMap((id) => byRole.get(id) ?? [])
      const held = [...new Set([...beside, ...role.permissions])]
      return { ...group, held, ...effectiveChange(held, [...beside, ...permissions], known) }
    })
    .filter(({ gains, loses }) => gains.length + loses.length > 0)
}

/** Of something that is held now, however short. */
const MOMENT = new Date(0)

/**
 * What the edit gives or takes and the caller does not hold; for what it gives they must hold it for good, once
 * somebody has the role, who may have it for good. `user` somebody may have at any moment: whoever registers.
 */
export async function faultsOfEdit(
  unit: MaindbUnit,
  caller: Caller,
  { role, permissions }: RoleEdit,
): Promise<GrantFault[]> {
  const removed = role.permissions.filter((name) => !permissions.includes(name))
  const added = permissions.filter((name) => !role.permissions.includes(name))
  const until = role.name === 'user' || (await isRoleGiven(unit, role.id)) ? null : MOMENT
  return [...(await grantFaults(unit, caller, removed, MOMENT)), ...(await grantFaults(unit, caller, added, until))]
}

/** What users who are touched hold and the caller does not; the caller themselves aside. */
export function uncovered(caller: Caller, touched: TouchedGroup[]): string[] {
  const held = touched
    .filter(({ hasOthers }) => hasOthers || !isOneself(caller, caller.id))
    .flatMap((group) => group.held)
  return [...new Set(held)].filter((name) => !holds(caller.claims.permissions, name)).toSorted()
}

/**
 * Nobody gives or takes through a role what they do not hold, nor changes by it what somebody may do whose permissions
 * they do not cover.
 *
 * @throws {Problem} 403 `grant-exceeds-own` or `user-exceeds-own`, naming the first permission that is missing.
 */
export async function assertMayEdit(unit: MaindbUnit, caller: Caller, edit: RoleEdit): Promise<void> {
  const [fault] = await faultsOfEdit(unit, caller, edit)
  if (fault) throw refusalOf(fault)
  // Who holds everything covers everybody; a role can have 100,000 holders.
  if (caller.claims.permissions.includes('*')) return
  const [missing] = uncovered(caller, await touchedGroups(unit, caller, edit))
  if (missing !== undefined) throw mainProblems.userExceedsOwn(missing)
}
