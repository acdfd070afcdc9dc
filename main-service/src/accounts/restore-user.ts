import type { Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import { settleInvitation } from '../invitation-links/settle-invitation.ts'
import type { Maindb } from '../maindb.ts'
import { owe } from '../outbox/outbox-rows.ts'
import { assertCovers, changeRights } from '../permissions/rights.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser, unmarkUserDeleted, type UserRow } from '../users/user-rows.ts'
import { assertInScope } from './change-user.ts'

/**
 * Brings a deleted user back as they were, with their status, their roles and their media; who was invited is sent
 * another link. One who is not deleted stays as they are.
 *
 * @throws {Problem} 404, also for one who is being erased; 403 `user-exceeds-own`, 409 `email-taken` when somebody has
 *   their address by now.
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
    await owe(unit, 'owner-state', userId, { state: 'active', revision })
    await settleInvitation(unit, { before: user, after: user, invitedBy: caller.id })
    await recordChange(unit, 'user.restored', { target: { type: 'user', id: userId }, after: presentUser(user) })
    return user
  })
}
