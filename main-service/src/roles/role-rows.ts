import { keyset, type ListOrder } from '@likeness/service-kit'
import { uuidv7 } from 'uuidv7'

import type { Sql } from '../maindb.ts'
import { inForce } from '../users/user-rows.ts'

export interface RoleRow {
  id: string
  name: string
  description: string
  permissions: string[]
  seeded: boolean
  createdAt: Date
  updatedAt: Date
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
  const { cursorColumns, where, orderBy, limit, replacements } = keyset(roleOrder, request)
  return sql.rows<RoleRow>(
    `SELECT ${columns}, ${cursorColumns} FROM roles r WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`,
    replacements,
  )
}

export async function countRoles(sql: Sql): Promise<number> {
  const row = await sql.row<{ total: number }>('SELECT count(*)::integer AS total FROM roles')
  return row?.total ?? 0
}

export function findRole(sql: Sql, id: string): Promise<RoleRow | undefined> {
  return sql.row<RoleRow>(`SELECT ${columns} FROM roles r WHERE r.id = :id`, { id })
}

export function findRoleByNameOrId(sql: Sql, nameOrId: string): Promise<RoleRow | undefined> {
  return sql.row<RoleRow>(
    `SELECT ${columns} FROM roles r WHERE r.id::text = lower(:nameOrId) OR r.name = :nameOrId
     ORDER BY r.name = :nameOrId LIMIT 1`,
    { nameOrId },
  )
}

/** Holds the role for the rest of the transaction, then reads it as it is by now. */
export async function findRoleForChange(sql: Sql, id: string): Promise<RoleRow | undefined> {
  await sql.row('SELECT 1 AS held FROM roles WHERE id = :id FOR UPDATE', { id })
  return findRole(sql, id)
}

export function findRolesByName(sql: Sql, names: string[]): Promise<{ id: string; name: string }[]> {
  return sql.rows('SELECT id, name FROM roles WHERE name = ANY(:names::text[])', { names })
}

/** @returns null where no role has this name. */
export async function findRoleId(sql: Sql, name: string): Promise<string | null> {
  return (await sql.row<{ id: string }>('SELECT id FROM roles WHERE name = :name', { name }))?.id ?? null
}

interface RoleFields {
  name: string
  description: string
}

/** @returns the id of the new role. Throws the constraint `roles_name_key` for a name that is taken. */
export async function insertRole(sql: Sql, fields: RoleFields): Promise<string> {
  const id = uuidv7()
  await sql.rows('INSERT INTO roles (id, name, description) VALUES (:id, :name, :description)', { id, ...fields })
  return id
}

/** Throws the constraint `roles_name_key` for a name that is taken. */
export async function updateRoleRow(sql: Sql, id: string, fields: RoleFields): Promise<void> {
  await sql.rows('UPDATE roles SET name = :name, description = :description, updated_at = now() WHERE id = :id', {
    id,
    ...fields,
  })
}

/** The role has these permissions from now on, and no others. */
export async function replaceRolePermissions(sql: Sql, roleId: string, permissionIds: string[]): Promise<void> {
  const values = { roleId, permissionIds }
  await sql.rows(
    'DELETE FROM role_permissions WHERE role_id = :roleId AND permission_id <> ALL(:permissionIds::uuid[])',
    values,
  )
  await sql.rows(
    `INSERT INTO role_permissions (role_id, permission_id)
     SELECT :roleId::uuid, permission_id FROM unnest(:permissionIds::uuid[]) AS permission_id ON CONFLICT DO NOTHING`,
    values,
  )
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

/** Whoever had it has it no longer; one entry in the feed of revocations says so of all their tokens. */
export async function deleteRoleRow(sql: Sql, id: string): Promise<void> {
  await sql.rows('DELETE FROM roles WHERE id = :id', { id })
}
