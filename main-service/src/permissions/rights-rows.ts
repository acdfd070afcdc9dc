import type { UserClaims } from '@likeness/internal-api'

import { inForce } from '../grants/in-force.ts'
import type { Sql } from '../maindb.ts'

/** Any number, the same in every process: changes of rights come one after the other, whoever makes them. */
const RIGHTS_LOCK = 7_205_759

export async function lockRights(sql: Sql): Promise<void> {
  await sql.rows('SELECT pg_advisory_xact_lock(:lock)', { lock: RIGHTS_LOCK })
}

/**
 * Whether anybody who can log in holds `*` for good: a role that will expire leaves nobody one day.
 *
 * @param exceptRole a role that does not count
 */
export async function hasAdministrator(sql: Sql, exceptRole?: string): Promise<boolean> {
  const row = await sql.row(
    `SELECT u.id FROM permissions p
     JOIN role_permissions rp ON rp.permission_id = p.id JOIN user_roles ur ON ur.role_id = rp.role_id
     JOIN users u ON u.id = ur.user_id
     WHERE p.name = '*' AND ur.expires_at IS NULL AND u.status = 'active' AND u.deleted_at IS NULL
       AND ur.role_id IS DISTINCT FROM CAST(:exceptRole AS uuid) LIMIT 1`,
    { exceptRole: exceptRole ?? null },
  )
  return row !== undefined
}

/**
 * Whether less may be left of a user's rights than a token says: their epoch has been raised since, or that of a role
 * they had, or a role that was given for a while has run out, which raises none; or its session has ended, or its API
 * key was revoked.
 */
export async function isTokenStale(
  sql: Sql,
  userId: string,
  { epoch, roleEpochs, sid, key }: Pick<UserClaims, 'epoch' | 'roleEpochs' | 'sid' | 'key'>,
): Promise<boolean> {
  const row = await sql.row(
    `SELECT 1 AS stale FROM users WHERE id = :userId AND epoch > :epoch
     UNION ALL
     SELECT 1 FROM jsonb_each_text(CAST(:roleEpochs AS jsonb)) AS told(id, epoch)
     WHERE NOT EXISTS (
       SELECT 1 FROM user_roles ur JOIN roles r ON r.id = ur.role_id
       WHERE ur.user_id = :userId AND r.id::text = told.id AND r.epoch <= told.epoch::integer AND ${inForce}
     )
     UNION ALL SELECT 1 FROM sessions WHERE id = :sid AND ended_at IS NOT NULL
     UNION ALL SELECT 1 FROM api_key WHERE id = :key AND revoked_at IS NOT NULL
     LIMIT 1`,
    { userId, epoch, roleEpochs: JSON.stringify(roleEpochs), sid: sid ?? null, key: key ?? null },
  )
  return row !== undefined
}

/** What a user may do at this moment, deleted or not. */
export async function permissionsOfUser(sql: Sql, userId: string): Promise<string[]> {
  const rows = await sql.rows<{ name: string }>(
    `SELECT DISTINCT p.name FROM user_roles ur
     JOIN role_permissions rp ON rp.role_id = ur.role_id JOIN permissions p ON p.id = rp.permission_id
     WHERE ur.user_id = :userId AND ${inForce} ORDER BY p.name`,
    { userId },
  )
  return rows.map(({ name }) => name)
}

/** Until when a user has each of their permissions; null: for good. */
export function termsOfUser(sql: Sql, userId: string): Promise<{ name: string; until: Date | null }[]> {
  return sql.rows(
    `SELECT p.name, CASE WHEN bool_and(ur.expires_at IS NOT NULL) THEN max(ur.expires_at) END AS until
     FROM user_roles ur
     JOIN role_permissions rp ON rp.role_id = ur.role_id JOIN permissions p ON p.id = rp.permission_id
     WHERE ur.user_id = :userId AND ${inForce} GROUP BY p.name`,
    { userId },
  )
}

export async function permissionsOfRoles(sql: Sql, roleIds: string[]): Promise<string[]> {
  const rows = await sql.rows<{ name: string }>(
    `SELECT DISTINCT p.name FROM role_permissions rp JOIN permissions p ON p.id = rp.permission_id
     WHERE rp.role_id = ANY(:roleIds::uuid[]) ORDER BY p.name`,
    { roleIds },
  )
  return rows.map(({ name }) => name)
}
