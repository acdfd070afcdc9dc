import { holds } from '@likeness/service-kit/identity'
import type { Caller } from '@likeness/service-kit/process'

import type { MaindbUnit } from '../maindb.ts'
import { grantFaults, isOneself, refusalOf, type GrantFault } from '../permissions/rights.ts'
import { mainProblems } from '../problems.ts'
import { effectiveChange, type EffectiveChange } from './effective-change.ts'
import { groupHolders, isRoleGiven, permissionNames, permissionsByRole, type HolderGroup } from './holder-rows.ts'

/** A role and its new list of permissions; an empty list when the role is deleted. */
export interface RoleEdit {
  role: { id: string; name: string; permissions: string[] }
  permissions: string[]
}

/** Holders of a role whose effective permissions an edit changes. */
export interface AffectedGroup extends HolderGroup, EffectiveChange {
  /** All permissions that they have before the edit. */
  held: string[]
}

/** The groups of users whom an edit affects, including the caller, with the permissions that it gives and takes. */
export async function affectedGroups(
  unit: MaindbUnit,
  caller: Caller,
  { role, permissions }: RoleEdit,
): Promise<AffectedGroup[]> {
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

/** A time in the past, for `grantFaults`: any grant in force lasts longer. */
const MOMENT = new Date(0)

/**
 * The permissions that the edit gives or takes and the caller does not hold. If the role has a holder, whose grant may
 * never expire, the caller must hold the added permissions without expiry. The role `user` always counts as held,
 * because anybody may register at any moment.
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

/** The permissions that affected users other than the caller hold, and the caller does not. */
export function uncovered(caller: Caller, affected: AffectedGroup[]): string[] {
  const held = affected
    .filter(({ hasOthers }) => hasOthers || !isOneself(caller, caller.id))
    .flatMap((group) => group.held)
  return [...new Set(held)].filter((name) => !holds(caller.claims.permissions, name)).toSorted()
}

/**
 * Refuses an edit that gives or takes a permission that the caller does not hold, or that affects a user who holds a
 * permission that the caller does not hold.
 *
 * @throws {Problem} 403 `grant-exceeds-own` or `user-exceeds-own`, naming the first permission that is missing.
 */
export async function assertMayEdit(unit: MaindbUnit, caller: Caller, edit: RoleEdit): Promise<void> {
  const [fault] = await faultsOfEdit(unit, caller, edit)
  if (fault) throw refusalOf(fault)
  // A caller who holds every permission covers every user. This saves a query: a role can have 100,000 holders.
  if (caller.claims.permissions.includes('*')) return
  const [missing] = uncovered(caller, await affectedGroups(unit, caller, edit))
  if (missing !== undefined) throw mainProblems.userExceedsOwn(missing)
}
