import { inForce } from '../grants/in-force.ts'
import type { MaindbUnit, Sql } from '../maindb.ts'
import type { PermissionAttributes } from '../models/permission.ts'
import type { RoleAttributes } from '../models/role.ts'
import type { UserRoleAttributes } from '../models/user-role.ts'
import type { UserAttributes } from '../models/user.ts'

/** The user whose access is explained. The user can be deleted. */
export interface Subject extends Pick<UserAttributes, 'name'> {
  status: UserAttributes['status'] | 'deleted'
}

export async function findSubject({ User }: MaindbUnit, userId: string): Promise<Subject | undefined> {
  const user = await User.findByPk(userId)
  return user && { name: user.name, status: user.deletedAt ? 'deleted' : user.status }
}

/** A permission that a role grants to a user, or granted until the grant of the role expired. */
export interface GrantRow extends Pick<UserRoleAttributes, 'expiresAt'> {
  role: RoleAttributes['name']
  permission: PermissionAttributes['name']
  inForce: boolean
}

/** Hand-written SQL, because PostgreSQL's clock decides which grants are in force. */
export function permissionsGranted(sql: Sql, userId: string): Promise<GrantRow[]> {
  return sql.rows<GrantRow>(
    `SELECT r.name AS role, p.name AS permission, ur.expires_at AS "expiresAt", ${inForce} AS "inForce"
     FROM user_roles ur JOIN roles r ON r.id = ur.role_id
     JOIN role_permissions rp ON rp.role_id = r.id JOIN permissions p ON p.id = rp.permission_id
     WHERE ur.user_id = :userId ORDER BY r.name COLLATE human, p.name COLLATE human`,
    { userId },
  )
}

export async function isPermissionKnown({ Permission }: MaindbUnit, name: string): Promise<boolean> {
  return (await Permission.findOne({ where: { name } })) !== undefined
}
