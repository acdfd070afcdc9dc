import { holds, problems, type Caller, type Route } from '@likeness/service-kit'

import type { Maindb, Sql } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { hasAdministrator, isTokenStale, lockRights, permissionsOfUser } from './rights-rows.ts'

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
  change: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  return maindb.transaction(async (sql) => {
    await lockRights(sql)
    const hadOne = await hasAdministrator(sql)
    // Looked at before the change, which may itself be of the caller's own rights.
    const isStale = caller !== undefined && (await isTokenStale(sql, caller.id, caller.claims))
    const result = await change(sql)
    // First: of two administrators who demote each other, the second hears what it would have led to.
    if (hadOne && !(await hasAdministrator(sql))) throw mainProblems.lastAdmin()
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

/**
 * Nobody changes a user who may do more than they; oneself one always may.
 *
 * @throws {Problem} 403 `user-exceeds-own`.
 */
export async function assertCovers(sql: Sql, caller: Caller, userId: string): Promise<void> {
  if (caller.id === userId) return
  const held = await permissionsOfUser(sql, userId)
  const missing = held.find((permission) => !holds(caller.claims.permissions, permission))
  if (missing !== undefined) throw mainProblems.userExceedsOwn(missing)
}

/** For what belongs to nobody: a permission for one's own rows opens none of it. */
export const ownedByNobody = (routes: Route[]): Route[] =>
  routes.map((route) => ({
    ...route,
    handle: (incoming) => {
      if (incoming.scope !== 'all') throw problems.forbidden(route.access)
      return route.handle(incoming)
    },
  }))
