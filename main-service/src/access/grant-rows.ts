import type { Sql } from '../maindb.ts'
import { inForce } from '../users/user-rows.ts'

/** Somebody whom a question is about, deleted or not. */
export interface Subject {
  name: string
  status: 'active' | 'invited' | 'unverified' | 'suspended' | 'deleted'
}

export function findSubject(sql: Sql, userId: string): Promise<Subject | undefined> {
  return sql.row<Subject>(
    `SELECT name, CASE WHEN deleted_at IS NULL THEN status ELSE 'deleted' END AS status FROM users WHERE id = :userId`,
    { userId },
  )
}

/** A permission that a user has by a role, or had until the role ran out. */
export interface GrantRow {
  role: string
  permission: string
  expiresAt: Date | null
  inForce: boolean
}

export function permissionsGranted(sql: Sql, userId: string): Promise<GrantRow[]> {
  return sql.rows<GrantRow>(
    `SELECT r.name AS role, p.name AS permission, ur.expires_at AS "expiresAt", ${inForce} AS "inForce"
     FROM user_roles ur JOIN roles r ON r.id = ur.role_id
     JOIN role_permissions rp ON rp.role_id = r.id JOIN permissions p ON p.id = rp.permission_id
     WHERE ur.user_id = :userId ORDER BY r.name COLLATE human, p.name COLLATE human`,
    { userId },
  )
}

export async function isPermissionKnown(sql: Sql, name: string): Promise<boolean> {
  return (await sql.row('SELECT id FROM permissions WHERE name = :name', { name })) !== undefined
}
