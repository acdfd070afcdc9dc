import { holds } from '@likeness/service-kit/identity'
import { type Caller, problems, type Problem } from '@likeness/service-kit/process'

import type { Maindb, MaindbUnit } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { hasAdministrator, isTokenStale, lockRights, permissionsOfUser, termsOfUser } from './rights-rows.ts'

/**
 * Runs a change of somebody's rights: one at a time, in one transaction, never so that no administrator is left, and
 * never by rights that were taken away since: whoever was demoted, suspended or deleted could undo it with the token
 * that they still have.
 *
 * @param caller whose rights decide; undefined where they change only what is their own
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
    // Looked at before the change, which may itself be of the caller's own rights.
    const isStale = caller !== undefined && (await isTokenStale(unit, caller.id, caller.claims))
    const result = await change(unit)
    // First: of two administrators who demote each other, the second hears what it would have led to.
    if (hadOne && !(await hasAdministrator(unit))) throw mainProblems.lastAdmin()
    if (isStale) throw problems.tokenStale()
    return result
  })
}

/**
 * Nobody gives or takes what they do not hold.
 *
 * @throws {Problem} 403 `grant-exceeds-own`, naming the first permission that is missing.
 */
export function assertMayGrant(caller: Caller, permissions: string[]): void {
  const missing = permissions.find((permission) => !holds(caller.claims.permissions, permission))
  if (missing !== undefined) throw mainProblems.grantExceedsOwn(missing)
}

/** A permission that is not the caller's to give, and until when they hold it; null: they do not. */
export interface GrantFault {
  permission: string
  heldUntil: Date | null
}

/**
 * What of these permissions the caller may not give until then: what they do not hold, and what they hold for a while
 * that ends before, for a role that was given for a week would else last as long as whoever has it likes.
 *
 * @param until null: for good
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
 * Nobody gives what they do not hold, or for longer than they hold it.
 *
 * @param until null: for good
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

/** Whether a caller is this user; not so by an API key, which may less than its maker. */
export const isOneself = (caller: Caller, userId: string): boolean =>
  caller.id === userId && caller.claims.key === undefined

/**
 * Nobody changes a user who may do more than they; oneself one always may.
 *
 * @throws {Problem} 403 `user-exceeds-own`.
 */
export async function assertCovers(unit: MaindbUnit, caller: Caller, userId: string): Promise<void> {
  if (isOneself(caller, userId)) return
  const held = await permissionsOfUser(unit, userId)
  const missing = held.find((permission) => !holds(caller.claims.permissions, permission))
  if (missing !== undefined) throw mainProblems.userExceedsOwn(missing)
}
