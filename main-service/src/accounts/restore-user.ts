import type { Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import { updateInvitation } from '../invitation-links/update-invitation.ts'
import type { Maindb } from '../maindb.ts'
import { enqueue } from '../outbox/outbox-rows.ts'
import { assertCanManage, changeRights } from '../permissions/rights.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser, unmarkUserDeleted, type UserRow } from '../users/user-rows.ts'
import { assertInScope } from './change-user.ts'

/**
 * Restores a deleted user with the same status, roles and media. An invited user receives a new link. Does nothing if
 * the user is not deleted.
 *
 * @throws {Problem} 404, also if the user is being erased; 403 `user-exceeds-own`, 409 `email-taken` if another user
 *   has the address.
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
    await assertCanManage(unit, caller, userId)
    if (revision === undefined) return user
    await enqueue(unit, 'owner-state', userId, { state: 'active', revision })
    await updateInvitation(unit, { before: user, after: user, invitedBy: caller.id })
    await recordChange(unit, 'user.restored', { target: { type: 'user', id: userId }, after: presentUser(user) })
    return user
  })
}
