import { uuid } from '@likeness/internal-api'
import { keyset, type ListOrder } from '@likeness/service-kit/http'

import { inForce } from '../grants/in-force.ts'
import type { MaindbUnit, Sql } from '../maindb.ts'
import type { PermissionAttributes } from '../models/permission.ts'
import type { RoleAttributes } from '../models/role.ts'
import { roleNameKeys } from './role-name.ts'

export interface RoleRow extends Omit<RoleAttributes, 'epoch'> {
  /** The names of the role's permissions. */
  permissions: string[]
}

const columns = `
  r.id, r.name, r.description, r.seeded, r.created_at AS "createdAt", r.updated_at AS "updatedAt",
  ARRAY(
    SELECT p.name FROM role_permissions rp JOIN permissions p ON p.id = rp.permission_id
    WHERE rp.role_id = r.id ORDER BY p.name COLLATE human
  ) AS permissions`

export const roleOrder: ListOrder<'name' | 'createdAt'> = {
  columns: { name: 'r.name COLLATE human', createdAt: 'r.created_at' },
  standard: 'name',
  tieBreak: 'r.id',
}

export function listRoles(sql: Sql, request: Parameters<typeof keyset>[1]): Promise<RoleRow[]> {
  const { cursorColumns, where, orderBy, limit, values } = keyset(roleOrder, request)
  return sql.rows<RoleRow>(
    `SELECT ${columns}, ${cursorColumns} FROM roles r WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`,
    values,
  )
}

export const findRole = (unit: MaindbUnit, id: string): Promise<RoleRow | undefined> => roleWhere(unit, { id })

/** A role with this id takes precedence over a role with this name. */
export async function findRoleByNameOrId(unit: MaindbUnit, nameOrId: string): Promise<RoleRow | undefined> {
  const id = uuid.safeParse(nameOrId).data
  return (id && (await findRole(unit, id))) || roleWhere(unit, { name: nameOrId })
}

async function roleWhere({ Role }: MaindbUnit, where: { id: string } | { name: string }): Promise<RoleRow | undefined> {
  const order: [string, string, string][] = [['permissions', 'name', 'ASC']]
  const role = await Role.findOne({ where, include: ['permissions'], order })
  return role && { ...role, permissions: role.permissions.map(({ name }) => name) }
}

/** The names of all permissions of these roles, sorted, without duplicates. */
export const permissionsOf = (roles: { permissions: Pick<PermissionAttributes, 'name'>[] }[]): string[] =>
  [...new Set(roles.flatMap(({ permissions }) => permissions.map(({ name }) => name)))].toSorted()

/** Locks the role until the end of the transaction, then reads it. */
export async function findRoleForChange(unit: MaindbUnit, id: string): Promise<RoleRow | undefined> {
  await unit.row('SELECT 1 AS locked FROM roles WHERE id = :id FOR UPDATE', { id })
  return findRole(unit, id)
}

/** Claims the keys of the role's name, so that no other role can get a name that looks the same. */
export async function replaceNameKeys({ RoleNameKey }: MaindbUnit, roleId: string, name: string): Promise<void> {
  await RoleNameKey.destroy({ where: { roleId } })
  await RoleNameKey.bulkCreate(roleNameKeys(name).map((key) => ({ key, roleId })))
}

/** Replaces all permissions of the role. */
export async function replaceRolePermissions(
  { RolePermission }: MaindbUnit,
  roleId: string,
  permissionIds: string[],
): Promise<void> {
  await RolePermission.destroy({ where: { roleId } })
  await RolePermission.bulkCreate(permissionIds.map((permissionId) => ({ roleId, permissionId })))
}

/**
 * Revokes the tokens of all users with the role. The revocation feed gets one entry, instead of one entry for each user.
 */
export async function raiseRoleEpoch(sql: Sql, id: string): Promise<void> {
  await sql.rows('UPDATE roles SET epoch = epoch + 1, updated_at = now() WHERE id = :id', { id })
}

export async function countHolders(sql: Sql, roleId: string): Promise<number> {
  const row = await sql.row<{ total: number }>(
    `SELECT count(*)::integer AS total FROM user_roles ur JOIN users u ON u.id = ur.user_id
     WHERE ur.role_id = :roleId AND u.deleted_at IS NULL AND ${inForce}`,
    { roleId },
  )
  return row?.total ?? 0
}
