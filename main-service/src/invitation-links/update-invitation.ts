import type { MaindbUnit } from '../maindb.ts'
import { enqueue } from '../outbox/outbox-rows.ts'
import type { UserRow } from '../users/user-rows.ts'
import { insertInvitation } from './invitation-rows.ts'

/**
 * Replaces the invitation of a user: the old link stops working, and a mail with a new link is enqueued.
 *
 * @returns the id of the invitation.
 */
export async function issueInvitation(unit: MaindbUnit, userId: string, invitedBy: string): Promise<string> {
  await unit.Invitation.destroy({ where: { userId } })
  const id = await insertInvitation(unit, userId, invitedBy)
  await enqueue(unit, 'invitation-mail', id)
  return id
}

interface UserUpdate {
  before: UserRow
  /** undefined if the user was deleted. */
  after: UserRow | undefined
  /** The id of the user who made the change. */
  invitedBy: string
}

/**
 * Updates the invitation of a user after a change. A user has an invitation exactly while the status is `invited`. The
 * link stops working when the user is suspended or deleted, or when the address changes. If the user is `invited` after
 * the change and has no invitation, a new one is sent.
 */
export async function updateInvitation(unit: MaindbUnit, { before, after, invitedBy }: UserUpdate): Promise<void> {
  const isStillValid = after?.status === 'invited' && after.email === before.email
  if (before.status === 'invited' && !isStillValid) await unit.Invitation.destroy({ where: { userId: before.id } })
  if (after?.status !== 'invited') return
  const invitation = await unit.Invitation.findOne({ where: { userId: after.id } })
  if (!invitation) await issueInvitation(unit, after.id, invitedBy)
}
