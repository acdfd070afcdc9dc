import { keyset, type ListOrder } from '@likeness/service-kit/http'

import type { MaindbUnit, Sql } from '../maindb.ts'
import type { PermissionAttributes } from '../models/permission.ts'

export type PermissionRow = PermissionAttributes

const columns = 'p.id, p.name, p.description, p.seeded, p.created_at AS "createdAt", p.updated_at AS "updatedAt"'

export const permissionOrder: ListOrder<'name' | 'createdAt'> = {
  columns: { name: 'p.name COLLATE human', createdAt: 'p.created_at' },
  standard: 'name',
  tieBreak: 'p.id',
}

export function listPermissions(sql: Sql, request: Parameters<typeof keyset>[1]): Promise<PermissionRow[]> {
  const { cursorColumns, where, orderBy, limit, values } = keyset(permissionOrder, request)
  return sql.rows<PermissionRow>(
    `SELECT ${columns}, ${cursorColumns} FROM permissions p WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`,
    values,
  )
}

/** Locks the permission until the end of the transaction. */
export function findPermissionForChange(sql: Sql, id: string): Promise<PermissionRow | undefined> {
  return sql.row<PermissionRow>(`SELECT ${columns} FROM permissions p WHERE p.id = :id FOR UPDATE`, { id })
}

/** Whether any role has the permission. */
export async function isPermissionInUse({ RolePermission }: MaindbUnit, permissionId: string): Promise<boolean> {
  return (await RolePermission.findOne({ where: { permissionId } })) !== undefined
}
