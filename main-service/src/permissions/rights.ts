import { holds } from '@likeness/service-kit/identity'
import { type Caller, problems, type Problem } from '@likeness/service-kit/process'

import type { Maindb, MaindbUnit, Sql } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { hasAdministrator, isTokenStale, lockRights, permissionsOfUser, termsOfUser } from './rights-rows.ts'

/**
 * Runs a change of users' rights in one transaction. Such changes run one at a time. Rejects a change that leaves no
 * administrator. Rejects a caller whose rights were reduced after their token was issued: otherwise a user who was
 * demoted, suspended or deleted could undo the change with the old token.
 *
 * @param caller undefined if the caller changes only their own data, because then the caller's rights do not matter
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
    // Checked before the change, because the change can affect the caller's own rights.
    const isStale = caller !== undefined && (await isTokenStale(unit, caller.id, caller.claims))
    const result = await change(unit)
    // Checked before `token-stale`: if two administrators demote each other, the second gets the more useful error.
    if (hadOne && !(await hasAdministrator(unit))) throw mainProblems.lastAdmin()
    if (isStale) throw problems.tokenStale()
    return result
  })
}

/**
 * Rejects granting or revoking a permission that the caller does not have.
 *
 * @throws {Problem} 403 `grant-exceeds-own` with the first missing permission.
 */
export function assertCanGrant(caller: Caller, permissions: string[]): void {
  const missing = permissions.find((permission) => !holds(caller.claims.permissions, permission))
  if (missing !== undefined) throw mainProblems.grantExceedsOwn(missing)
}

/** A permission that the caller cannot grant. */
export interface GrantFault {
  permission: string
  /** When the caller's own grant of it expires; null if the caller does not have the permission. */
  ownUntil: Date | null
}

/**
 * The permissions that the caller cannot grant until `until`: the caller does not have them, or has them for a shorter
 * time. Otherwise a user who has a role for a week could grant it to others without expiry.
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
    if (!holds(caller.claims.permissions, permission)) return [{ permission, ownUntil: null }]
    const ends = terms.filter(({ name }) => holds([name], permission)).map((term) => term.until)
    if (ends.length === 0 || ends.includes(null)) return []
    const ownUntil = new Date(Math.max(...ends.map(Number)))
    return until === null || until > ownUntil ? [{ permission, ownUntil }] : []
  })
}

/**
 * Rejects granting a permission that the caller does not have, or has for a shorter time.
 *
 * @param until null: without expiry
 * @throws {Problem} 403 `grant-exceeds-own` with the first missing permission.
 */
export async function assertCanGrantUntil(
  unit: MaindbUnit,
  caller: Caller,
  permissions: string[],
  until: Date | null,
): Promise<void> {
  const [fault] = await grantFaults(unit, caller, permissions, until)
  if (fault) throw grantProblem(fault)
}

export const grantProblem = ({ permission, ownUntil }: GrantFault): Problem =>
  mainProblems.grantExceedsOwn(permission, ownUntil)

/** Whether the caller is this user, and not an API key of the user, which can have fewer rights. */
export const isOneself = (caller: Caller, userId: string): boolean =>
  caller.id === userId && caller.claims.key === undefined

/**
 * Rejects a change of another user who has a permission that the caller does not have.
 *
 * @throws {Problem} 403 `user-exceeds-own`.
 */
export async function assertCanManage(unit: MaindbUnit, caller: Caller, userId: string): Promise<void> {
  if (!isOneself(caller, userId)) await assertCovers(unit, caller, userId)
}

/**
 * Rejects a caller who lacks a permission that the user has.
 *
 * @throws {Problem} 403 `user-exceeds-own`.
 */
export async function assertCovers(sql: Sql, caller: Caller, userId: string): Promise<void> {
  const permissions = await permissionsOfUser(sql, userId)
  const missing = permissions.find((permission) => !holds(caller.claims.permissions, permission))
  if (missing !== undefined) throw mainProblems.userExceedsOwn(missing)
}
