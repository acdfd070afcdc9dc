import type { Sql } from '../maindb.ts'
import { inForce } from './user-rows.ts'

/** The user has these roles from now on, and no others; one that is had for a while stays so. */
export async function replaceUserRoles(sql: Sql, userId: string, roleIds: string[]): Promise<void> {
  const values = { userId, roleIds }
  await sql.rows(
    `DELETE FROM user_roles ur WHERE user_id = :userId
     AND (role_id <> ALL(:roleIds::uuid[]) OR NOT ${inForce})`,
    values,
  )
  await sql.rows(
    `INSERT INTO user_roles (user_id, role_id)
     SELECT :userId::uuid, role_id FROM unnest(:roleIds::uuid[]) AS role_id ON CONFLICT DO NOTHING`,
    values,
  )
}

/** Gives a role, or says anew until when. @param expiresAt null: for good */
export async function giveUserRole(sql: Sql, userId: string, roleId: string, expiresAt: Date | null): Promise<void> {
  await sql.rows(
    `INSERT INTO user_roles (user_id, role_id, expires_at) VALUES (:userId, :roleId, :expiresAt)
     ON CONFLICT (user_id, role_id) DO UPDATE SET expires_at = EXCLUDED.expires_at`,
    { userId, roleId, expiresAt: expiresAt?.toISOString() ?? null },
  )
}

/** @returns whether the user had it. */
export async function takeUserRole(sql: Sql, userId: string, roleId: string): Promise<boolean> {
  const row = await sql.row<{ had: boolean }>(
    `DELETE FROM user_roles ur WHERE user_id = :userId AND role_id = :roleId RETURNING ${inForce} AS had`,
    { userId, roleId },
  )
  return row?.had ?? false
}

/** The roles that a user has, and until when; null: for good. */
export function grantsOfUser(sql: Sql, userId: string): Promise<{ role: string; expiresAt: Date | null }[]> {
  return sql.rows(
    `SELECT r.name AS role, ur.expires_at AS "expiresAt" FROM user_roles ur JOIN roles r ON r.id = ur.role_id
     WHERE ur.user_id = :userId AND ${inForce} ORDER BY r.name COLLATE human`,
    { userId },
  )
}
