import type { Sql } from '../maindb.ts'
import type { EndReason, SessionAttributes } from '../models/session.ts'

export interface NewSession extends Pick<SessionAttributes, 'id' | 'userId' | 'device' | 'address'> {
  refreshTokenHash: string
}

/** The session with its first refresh token; the user has logged in. */
export async function insertSession(sql: Sql, session: NewSession, absoluteDays: number): Promise<void> {
  await sql.rows(
    `WITH login AS (
       UPDATE users SET last_login_at = now() WHERE id = :userId
     ), new_session AS (
       INSERT INTO sessions (id, user_id, device, address, expires_at)
       VALUES (:id, :userId, :device, :address, now() + :absoluteDays * interval '1 day') RETURNING id
     )
     INSERT INTO refresh_token (token_hash, session_id) SELECT :refreshTokenHash, id FROM new_session`,
    { ...session, absoluteDays },
  )
}

interface HeldSession extends Pick<SessionAttributes, 'userId'> {
  /** Whether it can go on: not ended, not expired, not idle for too long, and its user is active. */
  isLive: boolean
}

/** Reads a session and holds it, so that two refreshes of one token come one after the other. */
export async function holdSession(sql: Sql, id: string, idleDays: number): Promise<HeldSession | undefined> {
  await sql.row('SELECT 1 AS held FROM sessions WHERE id = :id FOR UPDATE', { id })
  return sql.row<HeldSession>(
    `SELECT s.user_id AS "userId",
       s.ended_at IS NULL AND s.expires_at > now() AND s.last_used_at > now() - :idleDays * interval '1 day'
         AND u.status = 'active' AND u.deleted_at IS NULL AS "isLive"
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = :id`,
    { id, idleDays },
  )
}

export async function touchSession(sql: Sql, id: string, address: string | null): Promise<void> {
  await sql.rows('UPDATE sessions SET last_used_at = now(), address = coalesce(:address, address) WHERE id = :id', {
    id,
    address,
  })
}

/**
 * Ends a session that has not ended yet; `userId` holds it to that user's.
 *
 * @returns whose it was; undefined where there is no such session that went on
 */
export async function endSession(
  sql: Sql,
  id: string,
  reason: EndReason,
  userId?: string,
): Promise<string | undefined> {
  const row = await sql.row<{ userId: string }>(
    `UPDATE sessions SET ended_at = now(), ended_reason = :reason
     WHERE id = :id AND ended_at IS NULL AND user_id = coalesce(CAST(:userId AS uuid), user_id)
     RETURNING user_id AS "userId"`,
    { id, reason, userId: userId ?? null },
  )
  return row?.userId
}

/** Ends every session of a user that goes on, but for `except`. @returns how many. */
export async function endSessionsOfUser(sql: Sql, userId: string, reason: EndReason, except?: string): Promise<number> {
  const ended = await sql.rows(
    `UPDATE sessions SET ended_at = now(), ended_reason = :reason
     WHERE user_id = :userId AND ended_at IS NULL AND id IS DISTINCT FROM CAST(:except AS uuid) RETURNING id`,
    { userId, reason, except: except ?? null },
  )
  return ended.length
}

export type SessionRow = Pick<SessionAttributes, 'id' | 'device' | 'address' | 'createdAt' | 'lastUsedAt'>

/** The user's sessions that can go on, the last used first. */
export function listLiveSessions(sql: Sql, userId: string, idleDays: number): Promise<SessionRow[]> {
  return sql.rows<SessionRow>(
    `SELECT id, device, address, created_at AS "createdAt", last_used_at AS "lastUsedAt" FROM sessions
     WHERE user_id = :userId AND ended_at IS NULL AND expires_at > now()
       AND last_used_at > now() - :idleDays * interval '1 day'
     ORDER BY last_used_at DESC, id DESC`,
    { userId, idleDays },
  )
}
