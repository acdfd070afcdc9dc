import type { MaindbUnit } from '../maindb.ts'
import { owe } from '../outbox/outbox-rows.ts'
import type { UserRow } from '../users/user-rows.ts'
import { insertInvitation } from './invitation-rows.ts'

/** Invites a user anew: a link that they have is dead, and a mail is owed with another. @returns the invitation's id. */
export async function issueInvitation(unit: MaindbUnit, userId: string, invitedBy: string): Promise<string> {
  await unit.Invitation.destroy({ where: { userId } })
  const id = await insertInvitation(unit, userId, invitedBy)
  await owe(unit, 'invitation-mail', id)
  return id
}

interface Settlement {
  before: UserRow
  /** undefined: deleted. */
  after: UserRow | undefined
  /** Whoever made the change. */
  invitedBy: string
}

/**
 * An invitation is there exactly while its user is `invited`, and proves the address that they have: a suspension, a
 * deletion and another address kill the link, and whoever is `invited` then, or again, is sent one.
 */
export async function settleInvitation(unit: MaindbUnit, { before, after, invitedBy }: Settlement): Promise<void> {
  const goesOn = after?.status === 'invited' && after.email === before.email
  if (before.status === 'invited' && !goesOn) await unit.Invitation.destroy({ where: { userId: before.id } })
  if (after?.status !== 'invited') return
  const invitation = await unit.Invitation.findOne({ where: { userId: after.id } })
  if (!invitation) await issueInvitation(unit, after.id, invitedBy)
}
