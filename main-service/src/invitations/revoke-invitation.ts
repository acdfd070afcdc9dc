import { assertMatch } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'

import { deleteUser } from '../accounts/delete-user.ts'
import { findInvitation } from '../invitation-links/invitation-rows.ts'
import type { Maindb } from '../maindb.ts'
import { presentInvitation } from './invitation-presenter.ts'

interface Revocation {
  invitationId: string
  caller: Caller
  ifMatch?: string | undefined
}

/**
 * Revokes an invitation: its link stops working, and the invited user is deleted.
 *
 * @throws {Problem} 404, also if the invitation was accepted or replaced in the meantime; 412, 403 `user-exceeds-own`.
 */
export async function revokeInvitation(maindb: Maindb, revocation: Revocation): Promise<void> {
  const { invitationId: id, caller, ifMatch } = revocation
  const found = await findInvitation(maindb, id)
  if (!found) throw problems.notFound('invitation')
  await deleteUser(
    maindb,
    { userId: found.userId, caller, scope: 'all' },
    {
      action: 'invitation.revoked',
      async check(unit) {
        const invitation = await findInvitation(unit, id)
        if (!invitation) throw problems.notFound('invitation')
        assertMatch(ifMatch, presentInvitation(invitation))
      },
    },
  )
}
