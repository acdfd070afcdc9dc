import type { MaindbUnit, Sql } from '../maindb.ts'
import type { RoleAttributes } from '../models/role.ts'
import type { UserRoleAttributes } from '../models/user-role.ts'
import { inForce } from './in-force.ts'

/** Replaces all roles of the user. Roles that the user already has keep their expiry. */
export async function replaceUserRoles(unit: MaindbUnit, userId: string, roleIds: string[]): Promise<void> {
  await unit.rows(
    `DELETE FROM user_roles ur WHERE user_id = :userId
     AND (role_id <> ALL(:roleIds::uuid[]) OR NOT ${inForce})`,
    { userId, roleIds },
  )
  const rows = roleIds.map((roleId) => ({ userId, roleId }))
  await unit.UserRole.bulkCreate(rows, { ignoreDuplicates: true })
}

/** @returns whether the user had the role. */
export async function revokeUserRole(sql: Sql, userId: string, roleId: string): Promise<boolean> {
  const row = await sql.row<{ had: boolean }>(
    `DELETE FROM user_roles ur WHERE user_id = :userId AND role_id = :roleId RETURNING ${inForce} AS had`,
    { userId, roleId },
  )
  return row?.had ?? false
}

/** The current roles of a user, each with its expiry; null: never. */
export function grantsOfUser(
  sql: Sql,
  userId: string,
): Promise<{ role: RoleAttributes['name']; expiresAt: UserRoleAttributes['expiresAt'] }[]> {
  return sql.rows(
    `SELECT r.name AS role, ur.expires_at AS "expiresAt" FROM user_roles ur JOIN roles r ON r.id = ur.role_id
     WHERE ur.user_id = :userId AND ${inForce} ORDER BY r.name COLLATE human`,
    { userId },
  )
}
