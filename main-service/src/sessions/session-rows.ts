import { now } from '@likeness/postgres'

import type { MaindbUnit, Sql } from '../maindb.ts'
import type { EndReason, SessionAttributes } from '../models/session.ts'

export interface NewSession extends Pick<SessionAttributes, 'id' | 'userId' | 'device' | 'address'> {
  refreshTokenHash: string
}

/** Inserts a session and its first refresh token, and stores the time of the login. */
export async function insertSession(
  unit: MaindbUnit,
  { refreshTokenHash, ...session }: NewSession,
  absoluteDays: number,
): Promise<void> {
  // Not with the model, because it would update `updated_at` too.
  await unit.rows('UPDATE users SET last_login_at = now() WHERE id = :userId', { userId: session.userId })
  await unit.rows(
    `INSERT INTO sessions (id, user_id, device, address, expires_at)
     VALUES (:id, :userId, :device, :address, now() + :absoluteDays * interval '1 day')`,
    { ...session, absoluteDays },
  )
  await unit.RefreshToken.create({ tokenHash: refreshTokenHash, sessionId: session.id })
}

interface LockedSession extends Pick<SessionAttributes, 'userId'> {
  /**
   * Whether the session can be refreshed: it has not ended, expired or been idle for too long, and its user is active.
   */
  isLive: boolean
}

/** Locks a session until the end of the transaction, so that two refreshes run one after the other, and reads it. */
export async function lockSession(sql: Sql, id: string, idleDays: number): Promise<LockedSession | undefined> {
  await sql.row('SELECT 1 AS locked FROM sessions WHERE id = :id FOR UPDATE', { id })
  return sql.row<LockedSession>(
    `SELECT s.user_id AS "userId",
       s.ended_at IS NULL AND s.expires_at > now() AND s.last_used_at > now() - :idleDays * interval '1 day'
         AND u.status = 'active' AND u.deleted_at IS NULL AS "isLive"
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = :id`,
    { id, idleDays },
  )
}

/** @param address null: unknown, so that the stored address does not change */
export async function markSessionUsed({ Session }: MaindbUnit, id: string, address: string | null): Promise<void> {
  await Session.update({ lastUsedAt: now, ...(address === null ? {} : { address }) }, { where: { id } })
}

/**
 * Ends a session that has not ended yet.
 *
 * @param userId the session must belong to this user, if given
 * @returns the id of the session's user; undefined if there is no such session or it has already ended
 */
export async function endSession(
  sql: Sql,
  id: string,
  reason: EndReason,
  userId?: string,
): Promise<string | undefined> {
  const row = await sql.row<Pick<SessionAttributes, 'userId'>>(
    `UPDATE sessions SET ended_at = now(), ended_reason = :reason
     WHERE id = :id AND ended_at IS NULL AND user_id = coalesce(CAST(:userId AS uuid), user_id)
     RETURNING user_id AS "userId"`,
    { id, reason, userId: userId ?? null },
  )
  return row?.userId
}

/**
 * Ends every session of a user that has not ended yet, except the session `except`.
 *
 * @returns the number of sessions.
 */
export async function endSessionsOfUser(sql: Sql, userId: string, reason: EndReason, except?: string): Promise<number> {
  const ended = await sql.rows(
    `UPDATE sessions SET ended_at = now(), ended_reason = :reason
     WHERE user_id = :userId AND ended_at IS NULL AND id IS DISTINCT FROM CAST(:except AS uuid) RETURNING id`,
    { userId, reason, except: except ?? null },
  )
  return ended.length
}

export type SessionRow = Pick<SessionAttributes, 'id' | 'device' | 'address' | 'createdAt' | 'lastUsedAt'>

/** The user's sessions that can be refreshed, the most recently used first. */
export function listLiveSessions(sql: Sql, userId: string, idleDays: number): Promise<SessionRow[]> {
  return sql.rows<SessionRow>(
    `SELECT id, device, address, created_at AS "createdAt", last_used_at AS "lastUsedAt" FROM sessions
     WHERE user_id = :userId AND ended_at IS NULL AND expires_at > now()
       AND last_used_at > now() - :idleDays * interval '1 day'
     ORDER BY last_used_at DESC, id DESC`,
    { userId, idleDays },
  )
}
