import { keyset, type ListOrder } from '@likeness/service-kit'
import { uuidv7 } from 'uuidv7'

import type { Sql } from '../maindb.ts'

export interface PermissionRow {
  id: string
  name: string
  description: string
  seeded: boolean
  createdAt: Date
  updatedAt: Date
}

const columns = 'p.id, p.name, p.description, p.seeded, p.created_at AS "createdAt", p.updated_at AS "updatedAt"'

export const permissionOrder: ListOrder<'name' | 'createdAt'> = {
  columns: { name: 'p.name COLLATE human', createdAt: 'p.created_at' },
  standard: 'name',
  tieBreak: 'p.id',
}

export function listPermissions(sql: Sql, request: Parameters<typeof keyset>[1]): Promise<PermissionRow[]> {
  const { cursorColumns, where, orderBy, limit, replacements } = keyset(permissionOrder, request)
  return sql.rows<PermissionRow>(
    `SELECT ${columns}, ${cursorColumns} FROM permissions p WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`,
    replacements,
  )
}

export async function countPermissions(sql: Sql): Promise<number> {
  const row = await sql.row<{ total: number }>('SELECT count(*)::integer AS total FROM permissions')
  return row?.total ?? 0
}

export function findPermission(sql: Sql, id: string): Promise<PermissionRow | undefined> {
  return sql.row<PermissionRow>(`SELECT ${columns} FROM permissions p WHERE p.id = :id`, { id })
}

export function findPermissionForChange(sql: Sql, id: string): Promise<PermissionRow | undefined> {
  return sql.row<PermissionRow>(`SELECT ${columns} FROM permissions p WHERE p.id = :id FOR UPDATE`, { id })
}

export function findPermissionsByName(sql: Sql, names: string[]): Promise<{ id: string; name: string }[]> {
  return sql.rows('SELECT id, name FROM permissions WHERE name = ANY(:names::text[])', { names })
}

export async function isPermissionInUse(sql: Sql, id: string): Promise<boolean> {
  return (await sql.row('SELECT role_id FROM role_permissions WHERE permission_id = :id LIMIT 1', { id })) !== undefined
}

interface PermissionFields {
  name: string
  description: string
}

/** Throws the constraint `permissions_name_key` for a name that is taken. */
export async function insertPermission(sql: Sql, fields: PermissionFields): Promise<PermissionRow> {
  const [row] = await sql.rows<PermissionRow>(
    `INSERT INTO permissions AS p (id, name, description) VALUES (:id, :name, :description) RETURNING ${columns}`,
    { id: uuidv7(), ...fields },
  )
  return row as PermissionRow
}

/** Throws the constraint `permissions_name_key` for a name that is taken. */
export async function updatePermissionRow(sql: Sql, id: string, fields: PermissionFields): Promise<PermissionRow> {
  const [row] = await sql.rows<PermissionRow>(
    `UPDATE permissions AS p SET name = :name, description = :description, updated_at = now() WHERE id = :id
     RETURNING ${columns}`,
    { id, ...fields },
  )
  return row as PermissionRow
}

export async function deletePermissionRow(sql: Sql, id: string): Promise<void> {
  await sql.rows('DELETE FROM permissions WHERE id = :id', { id })
}
