import { recordChange } from '../audit/record-change.ts'
import { findOpenInvitation, useInvitation } from '../invitation-links/invitation-rows.ts'
import type { Maindb } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { presentUser } from '../users/user-presenter.ts'
import { activateInvitedUser, findUser, findUserForChange, type UserRow } from '../users/user-rows.ts'

interface Acceptance {
  /** SHA-256 of the token, hexadecimal. */
  tokenHash: string
  passwordHash: string
  /** undefined: the name does not change. */
  name?: string | undefined
}

/**
 * Accepts an invitation: activates the user with the new password. The address counts as verified, because the token
 * was sent to it by mail.
 *
 * @throws {Problem} 404 `invitation-invalid` if the token is unknown, used, replaced, revoked or expired.
 */
export function acceptInvitation(
  maindb: Maindb,
  { tokenHash, passwordHash, name }: Acceptance,
): Promise<{ userId: string; email: string }> {
  return maindb.transaction(async (unit) => {
    const open = await findOpenInvitation(unit, tokenHash)
    const user = open && (await findUserForChange(unit, open.userId))
    if (user?.status !== 'invited') throw mainProblems.invitationInvalid()
    // After the lock on the user, so that the second of two concurrent requests finds the invitation used.
    if (!(await useInvitation(unit, tokenHash))) throw mainProblems.invitationInvalid()
    await activateInvitedUser(unit, user.id, { passwordHash, name })
    const target = { type: 'user', id: user.id } as const
    await recordChange(unit, 'invitation.accepted', {
      actor: target,
      target,
      before: presentUser(user),
      after: presentUser((await findUser(unit, user.id)) as UserRow),
    })
    return { userId: user.id, email: user.email }
  })
}
