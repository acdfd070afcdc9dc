import type { Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import { settleInvitation } from '../invitation-links/settle-invitation.ts'
import type { Maindb } from '../maindb.ts'
import { enqueue } from '../outbox/outbox-rows.ts'
import { assertCovers, changeRights } from '../permissions/rights.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser, unmarkUserDeleted, type UserRow } from '../users/user-rows.ts'
import { assertInScope } from './change-user.ts'

/**
 * Restores a deleted user with their status, roles and media. A user who was invited gets a new link. Does nothing for a
 * user who is not deleted.
 *
 * @throws {Problem} 404, also for a user who is being erased; 403 `user-exceeds-own`, 409 `email-taken` when another user
 *   has their address.
 */
export function restoreUser(
  maindb: Maindb,
  { userId, caller, scope }: { userId: string; caller: Caller; scope: Scope },
): Promise<UserRow> {
  assertInScope(scope, caller, userId)
  return changeRights(maindb, caller, async (unit) => {
    const revision = await unmarkUserDeleted(unit, userId)
    const user = await findUser(unit, userId)
    if (!user) throw problems.notFound('user')
    await assertCovers(unit, caller, userId)
    if (revision === undefined) return user
    await enqueue(unit, 'owner-state', userId, { state: 'active', revision })
    await settleInvitation(unit, { before: user, after: user, invitedBy: caller.id })
    await recordChange(unit, 'user.restored', { target: { type: 'user', id: userId }, after: presentUser(user) })
    return user
  })
}
