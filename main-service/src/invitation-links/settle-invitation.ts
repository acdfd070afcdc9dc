import type { MaindbUnit } from '../maindb.ts'
import { enqueue } from '../outbox/outbox-rows.ts'
import type { UserRow } from '../users/user-rows.ts'
import { insertInvitation } from './invitation-rows.ts'

/**
 * Replaces the user's invitation: the old link stops working and a mail with a new link is queued.
 *
 * @returns the invitation's id.
 */
export async function issueInvitation(unit: MaindbUnit, userId: string, invitedBy: string): Promise<string> {
  await unit.Invitation.destroy({ where: { userId } })
  const id = await insertInvitation(unit, userId, invitedBy)
  await enqueue(unit, 'invitation-mail', id)
  return id
}

interface Settlement {
  before: UserRow
  /** undefined: the user was deleted. */
  after: UserRow | undefined
  /** The id of the user who made the change. */
  invitedBy: string
}

/**
 * A user has an invitation exactly while their status is `invited`. Suspending or deleting them, or changing their
 * address, revokes the link. A user who is `invited` afterwards gets a new one.
 */
export async function settleInvitation(unit: MaindbUnit, { before, after, invitedBy }: Settlement): Promise<void> {
  const isStillValid = after?.status === 'invited' && after.email === before.email
  if (before.status === 'invited' && !isStillValid) await unit.Invitation.destroy({ where: { userId: before.id } })
  if (after?.status !== 'invited') return
  const invitation = await unit.Invitation.findOne({ where: { userId: after.id } })
  if (!invitation) await issueInvitation(unit, after.id, invitedBy)
}
