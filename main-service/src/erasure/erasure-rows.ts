import { createHash } from 'node:crypto'

import type { Sql } from '../maindb.ts'
import type { OutboxAttributes } from '../models/outbox.ts'
import type { UserAttributes } from '../models/user.ts'

export interface Erasable {
  /** Minimum number of days since the deletion. */
  olderThanDays: number
  /** If given, only this user. */
  userId?: string | undefined
}

/**
 * SQL condition on `users u`. A user whose erasure has begun is skipped while its delivery is in the outbox. If the
 * delivery is missing, the erasure begins again.
 */
const isErasable = ({ userId }: Erasable) => `
  u.deleted_at <= now() - make_interval(days => :olderThanDays)
  AND (u.erasing_at IS NULL OR NOT EXISTS (
    SELECT 1 FROM outbox o WHERE o.kind = 'owner-state' AND o.subject = u.id
  )) ${userId === undefined ? '' : 'AND u.id = :userId'}`

/** Claims users for erasure, the earliest deleted first. Skips rows that another transaction has locked. */
export function claimForErasure(
  sql: Sql,
  which: Erasable & { limit: number },
): Promise<Pick<UserAttributes, 'id' | 'epoch'>[]> {
  return sql.rows(
    `UPDATE users SET erasing_at = now(), epoch = epoch + 1
     WHERE id IN (SELECT u.id FROM users u WHERE ${isErasable(which)}
                  ORDER BY u.deleted_at, u.id LIMIT :limit FOR UPDATE SKIP LOCKED)
     RETURNING id, epoch`,
    { ...which },
  )
}

export function listErasable(
  sql: Sql,
  which: Erasable,
): Promise<{ id: UserAttributes['id']; deletedAt: NonNullable<UserAttributes['deletedAt']> }[]> {
  return sql.rows(
    `SELECT u.id, u.deleted_at AS "deletedAt" FROM users u WHERE ${isErasable(which)} ORDER BY u.deleted_at, u.id`,
    { ...which },
  )
}

/** The users among `ids` who are not erased yet, with the error of the last delivery; null: no delivery has failed. */
export function listUnerased(
  sql: Sql,
  ids: string[],
): Promise<{ id: UserAttributes['id']; reason: OutboxAttributes['lastError'] }[]> {
  return sql.rows(
    `SELECT u.id, o.last_error AS reason FROM users u
     LEFT JOIN outbox o ON o.kind = 'owner-state' AND o.subject = u.id
     WHERE u.id = ANY(:ids::uuid[]) ORDER BY u.id`,
    { ids },
  )
}

/**
 * Deletes the row of a user whose erasure has begun. Sessions, roles, keys and invitations are deleted with the row.
 *
 * @returns the key of the user's address; undefined if there is no such user
 */
export async function deleteErasingUser(sql: Sql, userId: string): Promise<string | undefined> {
  const row = await sql.row<Pick<UserAttributes, 'emailKey'>>(
    'DELETE FROM users WHERE id = :userId AND erasing_at IS NOT NULL RETURNING email_key AS "emailKey"',
    { userId },
  )
  return row?.emailKey
}

/** Erases the other data about a user: attempt counters, responses stored for idempotency keys, audit details. */
export async function eraseRemainingData(sql: Sql, userId: string, emailKey: string): Promise<void> {
  // The key that auth-service uses to count attempts for an address.
  const byAddress = `email:${createHash('sha256').update(emailKey).digest('hex')}`
  await sql.rows(`DELETE FROM guess WHERE key = :byAddress OR key LIKE '%:' || :userId`, { byAddress, userId })
  await sql.rows(
    `DELETE FROM idempotency_key WHERE split_part(caller, ':', 1) = :userId OR :userId IN (body ->> 'id', body ->> 'userId')`,
    { userId },
  )
  await sql.rows('SELECT forget_erased_in_audit(:userId)', { userId })
}
