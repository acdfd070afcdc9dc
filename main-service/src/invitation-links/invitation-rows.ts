import { keyset, type ListOrder } from '@likeness/service-kit/http'
import { uuidv7 } from 'uuidv7'

import { rolesOfUser } from '../grants/in-force.ts'
import type { Sql } from '../maindb.ts'
import type { InvitationAttributes } from '../models/invitation.ts'
import type { UserAttributes } from '../models/user.ts'

type InvitationStatus = 'pending' | 'expired' | 'failed'

export interface InvitationRow extends Omit<InvitationAttributes, 'tokenHash'> {
  email: string
  /** The names of the user's roles. */
  roles: string[]
  status: InvitationStatus
}

/** SQL for the status of `invitation i`. */
const status = `CASE WHEN i.failed_reason IS NOT NULL THEN 'failed'
  WHEN i.expires_at <= now() THEN 'expired' ELSE 'pending' END`

const columns = `
  i.id, u.email, i.user_id AS "userId", i.invited_by AS "invitedBy", ${status} AS status, i.sent_at AS "sentAt",
  i.expires_at AS "expiresAt", i.failed_reason AS "failedReason", i.created_at AS "createdAt", ${rolesOfUser} AS roles`

const tables = 'invitation i JOIN users u ON u.id = i.user_id'

export const invitationOrder: ListOrder<'createdAt' | 'email'> = {
  columns: { createdAt: 'i.created_at', email: 'u.email_key COLLATE human' },
  standard: '-createdAt',
  tieBreak: 'i.id',
}

export interface InvitationFilter {
  status?: InvitationStatus | undefined
}

const condition = (filter: InvitationFilter) => (filter.status === undefined ? 'true' : `${status} = :status`)

export function listInvitations(
  sql: Sql,
  filter: InvitationFilter,
  request: Parameters<typeof keyset>[1],
): Promise<InvitationRow[]> {
  const { cursorColumns, where, orderBy, limit, values } = keyset(invitationOrder, request)
  return sql.rows<InvitationRow>(
    `SELECT ${columns}, ${cursorColumns} FROM ${tables}
     WHERE ${condition(filter)} AND ${where} ORDER BY ${orderBy} LIMIT ${limit}`,
    { ...filter, ...values },
  )
}

export async function countInvitations(sql: Sql, filter: InvitationFilter): Promise<number> {
  const row = await sql.row<{ total: number }>(
    `SELECT count(*)::integer AS total FROM ${tables} WHERE ${condition(filter)}`,
    { ...filter },
  )
  return row?.total ?? 0
}

export function findInvitation(sql: Sql, id: string): Promise<InvitationRow | undefined> {
  return sql.row<InvitationRow>(`SELECT ${columns} FROM ${tables} WHERE i.id = :id`, { id })
}

/** @param invitedBy stored as null if this user no longer exists. @returns the id of the invitation. */
export async function insertInvitation(sql: Sql, userId: string, invitedBy: string): Promise<string> {
  const id = uuidv7()
  // One statement, because the inviter could be erased between a read and an insert.
  await sql.rows(
    `INSERT INTO invitation (id, user_id, invited_by)
     VALUES (:id, :userId, (SELECT id FROM users WHERE id = :invitedBy))`,
    { id, userId, invitedBy },
  )
  return id
}

/** The data that the mail contains. */
export interface MailContent extends Pick<UserAttributes, 'email'> {
  /** The name of the inviter; null if the inviter is deleted. */
  inviter: UserAttributes['name'] | null
  expiresAt: NonNullable<InvitationAttributes['expiresAt']>
}

/**
 * Stores the hash of the token that is about to be sent, and replaces any older one. Two statements, because a single
 * statement that waited for the row's lock would read the address as it was before the wait.
 *
 * @returns undefined if the invitation no longer exists, or its mail was already sent or rejected.
 */
export async function replaceToken(
  sql: Sql,
  id: string,
  tokenHash: string,
  days: number,
): Promise<MailContent | undefined> {
  const stored = await sql.row(
    `UPDATE invitation SET token_hash = :tokenHash, expires_at = now() + :days * interval '1 day'
     WHERE id = :id AND sent_at IS NULL AND failed_reason IS NULL RETURNING id`,
    { id, tokenHash, days },
  )
  if (!stored) return undefined
  return sql.row<MailContent>(
    `SELECT u.email, inviter.name AS inviter, i.expires_at AS "expiresAt" FROM ${tables}
     LEFT JOIN users inviter ON inviter.id = i.invited_by AND inviter.deleted_at IS NULL WHERE i.id = :id`,
    { id },
  )
}

/** The invited user for a token; undefined if the token is unknown or expired. */
export function findOpenInvitation(
  sql: Sql,
  tokenHash: string,
): Promise<Pick<InvitationAttributes, 'userId'> | undefined> {
  return sql.row('SELECT user_id AS "userId" FROM invitation WHERE token_hash = :tokenHash AND expires_at > now()', {
    tokenHash,
  })
}

/**
 * Deletes an invitation that is being accepted.
 *
 * @returns false if it was accepted, replaced or revoked before, or has expired.
 */
export async function useInvitation(sql: Sql, tokenHash: string): Promise<boolean> {
  const row = await sql.row(
    'DELETE FROM invitation WHERE token_hash = :tokenHash AND expires_at > now() RETURNING id',
    { tokenHash },
  )
  return row !== undefined
}
