import type { Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Features } from '../features/features.ts'
import { replaceUserRoles } from '../grants/user-role-rows.ts'
import { findInvitation, type InvitationRow } from '../invitation-links/invitation-rows.ts'
import { issueInvitation } from '../invitation-links/update-invitation.ts'
import type { Maindb, MaindbUnit } from '../maindb.ts'
import { assertCanManage, changeRights } from '../permissions/rights.ts'
import { mainProblems } from '../problems.ts'
import { chooseRoles, grantableRoles } from '../roles/choose-roles.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser, findUserByEmailForChange, insertUser, raiseUserEpoch, type UserRow } from '../users/user-rows.ts'
import { nameFromEmail } from '../users/user-schema.ts'

interface NewInvitation {
  email: string
  /** Names; default: `user`. */
  roles?: string[] | undefined
}

/**
 * Invites a person by mail. For a user who is already `invited`, replaces the link and the roles.
 *
 * @throws {Problem} 422 for an unknown role, 403 `grant-exceeds-own` or `user-exceeds-own`, 409 `email-taken` if
 *   the address belongs to a user who is not `invited`.
 */
export async function inviteUser(
  { maindb, features }: { maindb: Maindb; features: Features },
  caller: Caller,
  { email, roles }: NewInvitation,
): Promise<InvitationRow> {
  const chosen = await chooseRoles(features, email, roles)
  return changeRights(maindb, caller, async (unit) => {
    const roleIds = await grantableRoles(unit, caller, chosen)
    const before = await findUserByEmailForChange(unit, email)
    const userId = before
      ? await changeRolesOfInvited(unit, caller, before, roleIds)
      : await insertUser(unit, { email, name: nameFromEmail(email), status: 'invited', passwordHash: null, roleIds })
    const id = await issueInvitation(unit, userId, caller.id)
    const user = (await findUser(unit, userId)) as UserRow
    await recordChange(unit, 'user.invited', {
      target: { type: 'user', id: userId },
      before: before && presentUser(before),
      after: { ...presentUser(user), invitationId: id },
    })
    return (await findInvitation(unit, id)) as InvitationRow
  })
}

async function changeRolesOfInvited(
  unit: MaindbUnit,
  caller: Caller,
  user: UserRow,
  roleIds: string[],
): Promise<string> {
  if (user.status !== 'invited') throw mainProblems.emailTaken()
  await assertCanManage(unit, caller, user.id)
  await replaceUserRoles(unit, user.id, roleIds)
  await raiseUserEpoch(unit, user.id)
  return user.id
}
