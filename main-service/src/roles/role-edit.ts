import { holds } from '@likeness/service-kit/identity'
import type { Caller } from '@likeness/service-kit/process'

import type { MaindbUnit } from '../maindb.ts'
import { grantFaults, isOneself, grantProblem, type GrantFault } from '../permissions/rights.ts'
import { mainProblems } from '../problems.ts'
import { effectiveChange, type EffectiveChange } from './effective-change.ts'
import { groupHolders, isRoleGranted, permissionNames, permissionsByRole, type HolderGroup } from './holder-rows.ts'

/** A role and its new list of permissions; an empty list when the role is deleted. */
export interface RoleEdit {
  role: { id: string; name: string; permissions: string[] }
  permissions: string[]
}

/** Holders of a role who gain or lose permissions by an edit. */
export interface AffectedGroup extends HolderGroup, EffectiveChange {
  /** All permissions of these users before the edit, from all of their roles. */
  before: string[]
}

/** The groups of users who gain or lose permissions by an edit, including the group of the caller. */
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
      const fromOthers = rolesOf(group).flatMap((id) => byRole.get(id) ?? [])
      const before = [...new Set([...fromOthers, ...role.permissions])]
      return { ...group, before, ...effectiveChange(before, [...fromOthers, ...permissions], known) }
    })
    .filter(({ gains, loses }) => gains.length + loses.length > 0)
}

/** For `grantFaults`: with a time in the past, the expiry of the caller's own grants does not matter. */
const ANY_EXPIRY = new Date(0)

/**
 * The permissions that the edit adds or removes and that the caller cannot grant. If the role has a holder, the caller
 * must have the added permissions without expiry, because the grant of the role may have no expiry. The role `user`
 * counts as if it had a holder, because a new user can register at any moment.
 */
export async function faultsOfEdit(
  unit: MaindbUnit,
  caller: Caller,
  { role, permissions }: RoleEdit,
): Promise<GrantFault[]> {
  const removed = role.permissions.filter((name) => !permissions.includes(name))
  const added = permissions.filter((name) => !role.permissions.includes(name))
  const until = role.name === 'user' || (await isRoleGranted(unit, role.id)) ? null : ANY_EXPIRY
  return [...(await grantFaults(unit, caller, removed, ANY_EXPIRY)), ...(await grantFaults(unit, caller, added, until))]
}

/** The permissions of affected users, other than the caller, that the caller does not have. */
export function missingToManage(caller: Caller, affected: AffectedGroup[]): string[] {
  const permissions = affected
    .filter(({ hasOthers }) => hasOthers || !isOneself(caller, caller.id))
    .flatMap((group) => group.before)
  return [...new Set(permissions)].filter((name) => !holds(caller.claims.permissions, name)).toSorted()
}

/**
 * Rejects an edit that adds or removes a permission that the caller does not have, or that affects a user who has a
 * permission that the caller does not have.
 *
 * @throws {Problem} 403 `grant-exceeds-own` or `user-exceeds-own`, with the first missing permission.
 */
export async function assertCanEdit(unit: MaindbUnit, caller: Caller, edit: RoleEdit): Promise<void> {
  const [fault] = await faultsOfEdit(unit, caller, edit)
  if (fault) throw grantProblem(fault)
  // A caller with `*` can manage every user. This saves a query: a role can have 100,000 holders.
  if (caller.claims.permissions.includes('*')) return
  const [missing] = missingToManage(caller, await affectedGroups(unit, caller, edit))
  if (missing !== undefined) throw mainProblems.userExceedsOwn(missing)
}
