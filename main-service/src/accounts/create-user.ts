import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Context } from '../context.ts'
import { hashPassword } from '../credentials/password-checks.ts'
import { issueInvitation } from '../invitation-links/update-invitation.ts'
import { changeRights } from '../permissions/rights.ts'
import { chooseRoles, grantableRoles } from '../roles/choose-roles.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser, insertUser, type UserRow } from '../users/user-rows.ts'

interface NewUser {
  email: string
  name: string
  /** undefined: the user is invited, and chooses a password with the link in a mail. */
  password?: string | undefined
  /** Names; default: `user`. */
  roles?: string[] | undefined
}

/**
 * @throws {Problem} 422 for an unknown role, 403 `grant-exceeds-own`, 409 `email-taken`, 503 if auth-service is
 *   unavailable.
 */
export async function createUser(
  { maindb, authService, features }: Context,
  caller: Caller,
  { email, name, password, roles }: NewUser,
): Promise<UserRow> {
  const passwordHash = password === undefined ? null : await hashPassword(authService, password)
  const chosen = await chooseRoles(features, email, roles)
  return changeRights(maindb, caller, async (unit) => {
    const roleIds = await grantableRoles(unit, caller, chosen)
    const isInvited = passwordHash === null
    const status = isInvited ? 'invited' : 'active'
    const id = await insertUser(unit, { email, name, status, passwordHash, roleIds })
    const invitation = isInvited ? { invitationId: await issueInvitation(unit, id, caller.id) } : {}
    const user = await findUser(unit, id)
    if (!user) throw problems.notFound('user')
    await recordChange(unit, isInvited ? 'user.invited' : 'user.created', {
      target: { type: 'user', id },
      after: { ...presentUser(user), ...invitation },
    })
    return user
  })
}
