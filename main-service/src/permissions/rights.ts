import { holds } from '@likeness/service-kit/identity'
import { type Caller, problems, type Problem } from '@likeness/service-kit/process'

import type { Maindb, MaindbUnit } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { hasAdministrator, isTokenStale, lockRights, permissionsOfUser, termsOfUser } from './rights-rows.ts'

/**
 * Runs a change of a user's rights in one transaction; such changes run one at a time. Refuses a change that leaves no
 * administrator. Refuses a caller whose rights were reduced since their token was issued: a user who was demoted,
 * suspended or deleted could undo that with the old token.
 *
 * @param caller undefined: the caller changes only their own data, for which their rights do not matter
 * @throws {Problem} 409 `last-admin`, 401 `token-stale`.
 */
export function changeRights<Result>(
  maindb: Maindb,
  caller: Caller | undefined,
  change: (unit: MaindbUnit) => Promise<Result>,
): Promise<Result> {
  return maindb.transaction(async (unit) => {
    await lockRights(unit)
    const hadOne = await hasAdministrator(unit)
    // Checked before the change, which may concern the caller's own rights.
    const isStale = caller !== undefined && (await isTokenStale(unit, caller.id, caller.claims))
    const result = await change(unit)
    // Before `token-stale`: of two administrators who demote each other, the second gets the more useful error.
    if (hadOne && !(await hasAdministrator(unit))) throw mainProblems.lastAdmin()
    if (isStale) throw problems.tokenStale()
    return result
  })
}

/**
 * Refuses to grant or revoke a permission that the caller does not hold.
 *
 * @throws {Problem} 403 `grant-exceeds-own`, naming the first permission that is missing.
 */
export function assertMayGrant(caller: Caller, permissions: string[]): void {
  const missing = permissions.find((permission) => !holds(caller.claims.permissions, permission))
  if (missing !== undefined) throw mainProblems.grantExceedsOwn(missing)
}

/** A permission that the caller may not grant, and when their own grant of it expires; null: they do not hold it. */
export interface GrantFault {
  permission: string
  heldUntil: Date | null
}

/**
 * The permissions that the caller may not grant until `until`: those that they do not hold, and those that they hold for
 * a shorter time. Otherwise a user who got a role for a week could pass it on without expiry.
 *
 * @param until null: without expiry
 */
export async function grantFaults(
  unit: MaindbUnit,
  caller: Caller,
  permissions: string[],
  until: Date | null,
): Promise<GrantFault[]> {
  const terms = permissions.length === 0 ? [] : await termsOfUser(unit, caller.id)
  return permissions.flatMap<GrantFault>((permission) => {
    if (!holds(caller.claims.permissions, permission)) return [{ permission, heldUntil: null }]
    const ends = terms.filter(({ name }) => holds([name], permission)).map((term) => term.until)
    if (ends.length === 0 || ends.includes(null)) return []
    const heldUntil = new Date(Math.max(...ends.map(Number)))
    return until === null || until > heldUntil ? [{ permission, heldUntil }] : []
  })
}

/**
 * Refuses to grant a permission that the caller does not hold, or for longer than the caller holds it.
 *
 * @param until null: without expiry
 * @throws {Problem} 403 `grant-exceeds-own`, naming the first permission that is missing.
 */
export async function assertMayGrantUntil(
  unit: MaindbUnit,
  caller: Caller,
  permissions: string[],
  until: Date | null,
): Promise<void> {
  const [fault] = await grantFaults(unit, caller, permissions, until)
  if (fault) throw refusalOf(fault)
}

export const refusalOf = ({ permission, heldUntil }: GrantFault): Problem =>
  mainProblems.grantExceedsOwn(permission, heldUntil)

/** Whether the caller is this user and sends no API key. A key has fewer rights than its maker. */
export const isOneself = (caller: Caller, userId: string): boolean =>
  caller.id === userId && caller.claims.key === undefined

/**
 * Refuses to change another user who holds a permission that the caller does not hold.
 *
 * @throws {Problem} 403 `user-exceeds-own`.
 */
export async function assertCovers(unit: MaindbUnit, caller: Caller, userId: string): Promise<void> {
  if (isOneself(caller, userId)) return
  const held = await permissionsOfUser(unit, userId)
  const missing = held.find((permission) => !holds(caller.claims.permissions, permission))
  if (missing !== undefined) throw mainProblems.userExceedsOwn(missing)
}
