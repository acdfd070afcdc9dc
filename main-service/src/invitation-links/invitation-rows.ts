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

/** The status of `invitation i`. */
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

/** @param invitedBy stored as null when this user no longer exists. @returns the invitation's id. */
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

/** The content of the mail. */
export interface Letter extends Pick<UserAttributes, 'email'> {
  /** The name of the inviter; null when they are deleted. */
  inviter: UserAttributes['name'] | null
  expiresAt: NonNullable<InvitationAttributes['expiresAt']>
}

/**
 * Stores the token of the mail that is about to be sent, replacing any older token. Two statements: a single one that
 * waited for the row's lock would see the address from before the wait.
 *
 * @returns undefined when the invitation no longer exists, or its mail was already sent or refused.
 */
export async function replaceToken(sql: Sql, id: string, tokenHash: string, days: number): Promise<Letter | undefined> {
  const given = await sql.row(
    `UPDATE invitation SET token_hash = :tokenHash, expires_at = now() + :days * interval '1 day'
     WHERE id = :id AND sent_at IS NULL AND failed_reason IS NULL RETURNING id`,
    { id, tokenHash, days },
  )
  if (!given) return undefined
  return sql.row<Letter>(
    `SELECT u.email, inviter.name AS inviter, i.expires_at AS "expiresAt" FROM ${tables}
     LEFT JOIN users inviter ON inviter.id = i.invited_by AND inviter.deleted_at IS NULL WHERE i.id = :id`,
    { id },
  )
}

/** The user whose invitation a token opens; undefined for a token that is unknown or expired. */
export function findOpenInvitation(
  sql: Sql,
  tokenHash: string,
): Promise<Pick<InvitationAttributes, 'userId'> | undefined> {
  return sql.row('SELECT user_id AS "userId" FROM invitation WHERE token_hash = :tokenHash AND expires_at > now()', {
    tokenHash,
  })
}

/** Deletes an accepted invitation. @returns false when it was accepted, replaced or revoked before, or has expired. */
export async function spendInvitation(sql: Sql, tokenHash: string): Promise<boolean> {
  const row = await sql.row(
    'DELETE FROM invitation WHERE token_hash = :tokenHash AND expires_at > now() RETURNING id',
    { tokenHash },
  )
  return row !== undefined
}
