import type { Sql } from '../maindb.ts'
import { owe } from '../outbox/outbox-rows.ts'
import type { UserRow } from '../users/user-rows.ts'
import { deleteInvitationOf, hasInvitation, insertInvitation } from './invitation-rows.ts'

/** Invites a user anew: a link that they have is dead, and a mail is owed with another. @returns the invitation's id. */
export async function issueInvitation(sql: Sql, userId: string, invitedBy: string): Promise<string> {
  await deleteInvitationOf(sql, userId)
  const id = await insertInvitation(sql, userId, invitedBy)
  await owe(sql, 'invitation-mail', id)
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
export async function settleInvitation(sql: Sql, { before, after, invitedBy }: Settlement): Promise<void> {
  const goesOn = after?.status === 'invited' && after.email === before.email
  if (before.status === 'invited' && !goesOn) await deleteInvitationOf(sql, before.id)
  if (after?.status === 'invited' && !(await hasInvitation(sql, after.id))) {
    await issueInvitation(sql, after.id, invitedBy)
  }
}
