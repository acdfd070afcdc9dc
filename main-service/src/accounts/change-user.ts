import { assertMatch } from '@likeness/service-kit/http'
import type { Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange, type AuditAction } from '../audit/record-change.ts'
import { grantsOfUser } from '../grants/user-role-rows.ts'
import { updateInvitation } from '../invitation-links/update-invitation.ts'
import type { Maindb, MaindbUnit } from '../maindb.ts'
import { assertCanManage, changeRights } from '../permissions/rights.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser, findUserForChange, type UserRow } from '../users/user-rows.ts'

export interface UserChange {
  userId: string
  caller: Caller
  scope: Scope
  ifMatch?: string | undefined
  /** The origin of the URLs in the representation to which `ifMatch` belongs. */
  publicUrl?: string | undefined
}

/** @throws {Problem} 404 if the scope is `own` and the user is not the caller. */
export function assertInScope(scope: Scope, caller: Caller, userId: string): void {
  if (scope === 'own' && caller.id !== userId) throw problems.notFound('user')
}

/** Changes that do not affect rights if users make them to their own data. */
const changesWithoutRights = new Set<AuditAction>(['user.updated', 'user.avatar-changed'])

/**
 * Runs a change of a user. Checks the caller's rights and `If-Match`, locks the user, ensures that an administrator
 * remains, updates the user's invitation, and writes an entry of the audit trail.
 *
 * @returns the changed user.
 * @throws {Problem} 404, 412, 403 `user-exceeds-own`, 409 `last-admin`.
 */
export function changeUser(
  maindb: Maindb,
  action: AuditAction,
  { userId, caller, scope, ifMatch, publicUrl }: UserChange,
  change: (unit: MaindbUnit, user: UserRow) => Promise<void>,
): Promise<UserRow> {
  assertInScope(scope, caller, userId)
  const work = async (unit: MaindbUnit) => {
    const user = await findUserForChange(unit, userId)
    if (!user) throw problems.notFound('user')
    // With the scope `own`, users change only their own data. Then an API key needs no other permission of its creator.
    if (scope === 'all') await assertCanManage(unit, caller, userId)
    assertMatch(ifMatch, presentUser(user, publicUrl))
    const grants = await grantsOfUser(unit, userId)
    await change(unit, user)
    const changed = await findUser(unit, userId)
    await updateInvitation(unit, { before: user, after: changed, invitedBy: caller.id })
    await recordChange(unit, action, {
      target: { type: 'user', id: userId },
      before: { ...presentUser(user), grants },
      after: changed && { ...presentUser(changed), grants: await grantsOfUser(unit, userId) },
    })
    return changed ?? user
  }
  // Changes of rights run one at a time; changes of profiles must not wait for them.
  if (scope === 'own' && changesWithoutRights.has(action)) return maindb.transaction(work)
  return changeRights(maindb, scope === 'own' ? undefined : caller, work)
}
