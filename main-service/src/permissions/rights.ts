import { holds, problems, type Caller, type Route } from '@likeness/service-kit'

import type { Maindb, Sql } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { hasAdministrator, lockRights, permissionsOfUser } from './rights-rows.ts'

/**
 * Runs a change of somebody's rights: one at a time, in one transaction, and never so that no administrator is left.
 *
 * @throws {Problem} 409 `last-admin`.
 */
export function changeRights<Result>(maindb: Maindb, change: (sql: Sql) => Promise<Result>): Promise<Result> {
  return maindb.transaction(async (sql) => {
    await lockRights(sql)
    const hadOne = await hasAdministrator(sql)
    const result = await change(sql)
    if (hadOne && !(await hasAdministrator(sql))) throw mainProblems.lastAdmin()
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
