import { keyset, type ListOrder } from '@likeness/service-kit/http'

import { inForce } from '../grants/in-force.ts'
import type { MaindbUnit, Sql } from '../maindb.ts'
import type { RoleAttributes } from '../models/role.ts'

export interface RoleRow extends Omit<RoleAttributes, 'epoch'> {
  /** The names of the permissions that the role gives. */
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

export async function findRole(unit: MaindbUnit, id: string): Promise<RoleRow | undefined> {
  const order: [string, string, string][] = [['permissions', 'name', 'ASC']]
  const role = await unit.Role.findOne({ where: { id }, include: ['permissions'], order })
  return role && { ...role, permissions: role.permissions.map(({ name }) => name) }
}

export function findRoleByNameOrId(sql: Sql, nameOrId: string): Promise<RoleRow | undefined> {
  return sql.row<RoleRow>(
    `SELECT ${columns} FROM roles r WHERE r.id::text = lower(:nameOrId) OR r.name = :nameOrId
     ORDER BY r.name = :nameOrId LIMIT 1`,
    { nameOrId },
  )
}

/** Locks the role until the end of the transaction, then reads it. */
export async function findRoleForChange(unit: MaindbUnit, id: string): Promise<RoleRow | undefined> {
  await unit.row('SELECT 1 AS held FROM roles WHERE id = :id FOR UPDATE', { id })
  return findRole(unit, id)
}

/** The role gives these permissions from now on, and no others. */
export async function replaceRolePermissions(
  { RolePermission }: MaindbUnit,
  roleId: string,
  permissionIds: string[],
): Promise<void> {
  await RolePermission.destroy({ where: { roleId } })
  await RolePermission.bulkCreate(permissionIds.map((permissionId) => ({ roleId, permissionId })))
}

/** A change of a role's rights: one entry for it, not one for each who has it. */
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
