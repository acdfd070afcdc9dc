import type { UserClaims } from '@likeness/internal-api'

import { inForce } from '../grants/in-force.ts'
import type { Sql } from '../maindb.ts'
import type { PermissionAttributes } from '../models/permission.ts'
import type { UserRoleAttributes } from '../models/user-role.ts'

/** An arbitrary number that must be the same in every process. */
const RIGHTS_LOCK = 7_205_759

/** Waits for a lock, so that changes of rights run one at a time, across all processes. */
export async function lockRights(sql: Sql): Promise<void> {
  await sql.rows('SELECT pg_advisory_xact_lock(:lock)', { lock: RIGHTS_LOCK })
}

/**
 * Whether a user who can log in has `*` without expiry.
 *
 * @param exceptRole the id of a role to ignore
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
 * Whether a user may have fewer rights than the claims of a token: the epoch of the user or of a role was
 * incremented, a grant has expired (which does not increment an epoch), the session has ended, or the API key was
 * revoked.
 */
export async function isTokenStale(
  sql: Sql,
  userId: string,
  { epoch, roleEpochs, sid, key }: Pick<UserClaims, 'epoch' | 'roleEpochs' | 'sid' | 'key'>,
): Promise<boolean> {
  const row = await sql.row(
    `SELECT 1 AS stale FROM users WHERE id = :userId AND epoch > :epoch
     UNION ALL
     SELECT 1 FROM jsonb_each_text(CAST(:roleEpochs AS jsonb)) AS claimed(id, epoch)
     WHERE NOT EXISTS (
       SELECT 1 FROM user_roles ur JOIN roles r ON r.id = ur.role_id
       WHERE ur.user_id = :userId AND r.id::text = claimed.id AND r.epoch <= claimed.epoch::integer AND ${inForce}
     )
     UNION ALL SELECT 1 FROM sessions WHERE id = :sid AND ended_at IS NOT NULL
     UNION ALL SELECT 1 FROM api_key WHERE id = :key AND revoked_at IS NOT NULL
     LIMIT 1`,
    { userId, epoch, roleEpochs: JSON.stringify(roleEpochs), sid: sid ?? null, key: key ?? null },
  )
  return row !== undefined
}

/** The current permissions of a user, deleted or not. */
export async function permissionsOfUser(sql: Sql, userId: string): Promise<string[]> {
  const rows = await sql.rows<Pick<PermissionAttributes, 'name'>>(
    `SELECT DISTINCT p.name FROM user_roles ur
     JOIN role_permissions rp ON rp.role_id = ur.role_id JOIN permissions p ON p.id = rp.permission_id
     WHERE ur.user_id = :userId AND ${inForce} ORDER BY p.name`,
    { userId },
  )
  return rows.map(({ name }) => name)
}

/** The permissions of a user, each with its expiry; null: never. */
export function termsOfUser(
  sql: Sql,
  userId: string,
): Promise<{ name: PermissionAttributes['name']; until: UserRoleAttributes['expiresAt'] }[]> {
  return sql.rows(
    `SELECT p.name, CASE WHEN bool_and(ur.expires_at IS NOT NULL) THEN max(ur.expires_at) END AS until
     FROM user_roles ur
     JOIN role_permissions rp ON rp.role_id = ur.role_id JOIN permissions p ON p.id = rp.permission_id
     WHERE ur.user_id = :userId AND ${inForce} GROUP BY p.name`,
    { userId },
  )
}
