import { assertMatch } from '@likeness/service-kit/http'
import type { Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange, type AuditAction } from '../audit/record-change.ts'
import { grantsOfUser } from '../grants/user-role-rows.ts'
import { settleInvitation } from '../invitation-links/settle-invitation.ts'
import type { Maindb, MaindbUnit } from '../maindb.ts'
import { assertCovers, changeRights } from '../permissions/rights.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser, findUserForChange, type UserRow } from '../users/user-rows.ts'

/** Who changes a user, how far they may, and what they have read. */
export interface UserChange {
  userId: string
  caller: Caller
  scope: Scope
  ifMatch?: string | undefined
}

/** @throws {Problem} 404 for somebody else, where the caller's permission is only for themselves. */
export function assertInScope(scope: Scope, caller: Caller, userId: string): void {
  if (scope === 'own' && caller.id !== userId) throw problems.notFound('user')
}

/** What of their own somebody changes without a change of what anybody may do. */
const ownWords = new Set<AuditAction>(['user.updated', 'user.avatar-changed'])

/**
 * What every change of a user has in common: the caller may, the user is there and held, nobody has changed them
 * meanwhile, an administrator is left, a link that invites them is still theirs, and the audit trail tells of it.
 *
 * @returns the user as they are then.
 * @throws {Problem} 404, 412, 403 `user-exceeds-own`, 409 `last-admin`.
 */
export function changeUser(
  maindb: Maindb,
  action: AuditAction,
  { userId, caller, scope, ifMatch }: UserChange,
  change: (unit: MaindbUnit, user: UserRow) => Promise<void>,
): Promise<UserRow> {
  assertInScope(scope, caller, userId)
  const work = async (unit: MaindbUnit) => {
    const user = await findUserForChange(unit, userId)
    if (!user) throw problems.notFound('user')
    // For what is their own a key needs no more than its scope.
    if (scope === 'all') await assertCovers(unit, caller, userId)
    assertMatch(ifMatch, presentUser(user))
    const grants = await grantsOfUser(unit, userId)
    await change(unit, user)
    const changed = await findUser(unit, userId)
    await settleInvitation(unit, { before: user, after: changed, invitedBy: caller.id })
    await recordChange(unit, action, {
      target: { type: 'user', id: userId },
      before: { ...presentUser(user), grants },
      after: changed && { ...presentUser(changed), grants: await grantsOfUser(unit, userId) },
    })
    return changed ?? user
  }
  // One at a time is for rights alone: everybody else's profile would wait for them.
  if (scope === 'own' && ownWords.has(action)) return maindb.transaction(work)
  return changeRights(maindb, scope === 'own' ? undefined : caller, work)
}
