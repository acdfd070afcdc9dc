import { problems, type Caller, type Scope } from '@likeness/service-kit'

import { recordChange } from '../audit/record-change.ts'
import { settleInvitation } from '../invitations/settle-invitation.ts'
import type { Maindb } from '../maindb.ts'
import { assertCovers, changeRights } from '../permissions/rights.ts'
import { assertInScope } from './change-user.ts'
import { presentUser } from './user-presenter.ts'
import { findUser, unmarkUserDeleted, type UserRow } from './user-rows.ts'

/**
 * Brings a deleted user back as they were, with the roles they had, and invites anew whoever was invited; one who is not
 * deleted stays as they are.
 *
 * @throws {Problem} 404, 403 `user-exceeds-own`, 409 `email-taken` when somebody has their address by now.
 */
export function restoreUser(
  maindb: Maindb,
  { userId, caller, scope }: { userId: string; caller: Caller; scope: Scope },
): Promise<UserRow> {
  assertInScope(scope, caller, userId)
  return changeRights(maindb, caller, async (sql) => {
    if (!(await unmarkUserDeleted(sql, userId))) throw problems.notFound('user')
    await assertCovers(sql, caller, userId)
    const user = (await findUser(sql, userId)) as UserRow
    await settleInvitation(sql, { before: user, after: user, invitedBy: caller.id })
    await recordChange(sql, 'user.restored', { target: { type: 'user', id: userId }, after: presentUser(user) })
    return user
  })
}
