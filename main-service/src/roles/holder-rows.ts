import { keyset } from '@likeness/service-kit/http'

import { inForce, inForceAs } from '../grants/in-force.ts'
import type { MaindbUnit, Sql } from '../maindb.ts'
import type { UserAttributes } from '../models/user.ts'
import { userOrder } from '../users/user-rows.ts'

/**
 * SQL for the ids of a user's other roles, from `user_roles o`, joined by commas. Equal strings mean the same group.
 */
const otherRoles = `
  coalesce(string_agg(o.role_id::text, ',' ORDER BY o.role_id) FILTER (
    WHERE o.role_id <> :roleId AND ${inForceAs('o')}
  ), '')`

/** Holders of a role who have the same other roles. */
export interface HolderGroup {
  /** The ids of the other roles, joined by commas. */
  others: string
  users: number
  /** The number of deleted users who can be restored. */
  deletedUsers: number
  /** Whether the group has a user who is not the caller. */
  hasOthers: boolean
}

/**
 * Groups the holders of a role by their other roles. An edit has the same effect on all users of a group, so it is
 * computed once per group. Even with many users, there are few groups.
 */
export function groupHolders(sql: Sql, roleId: string, callerId: string): Promise<HolderGroup[]> {
  return sql.rows<HolderGroup>(
    `SELECT others, count(*) FILTER (WHERE NOT deleted)::integer AS users,
       count(*) FILTER (WHERE deleted)::integer AS "deletedUsers", bool_or(id <> :callerId) AS "hasOthers"
     FROM (
       SELECT u.id, ${otherRoles} AS others, u.deleted_at IS NOT NULL AS deleted
       FROM user_roles ur JOIN users u ON u.id = ur.user_id JOIN user_roles o ON o.user_id = u.id
       WHERE ur.role_id = :roleId AND ${inForce} AND u.erasing_at IS NULL
       GROUP BY u.id
     ) AS holder GROUP BY others`,
    { roleId, callerId },
  )
}

export interface HolderRow extends Pick<UserAttributes, 'id' | 'email' | 'name'> {
  /** The group of the holder: `HolderGroup.others`. */
  others: string
}

/** The holders of a role who are in one of these groups. */
export async function listHolders(
  sql: Sql,
  { roleId, groups }: { roleId: string; groups: string[] },
  request: Parameters<typeof keyset>[1],
): Promise<HolderRow[]> {
  if (groups.length === 0) return []
  const { cursorColumns, where, orderBy, limit, values } = keyset(userOrder, request)
  return sql.rows<HolderRow>(
    `SELECT u.id, u.email, u.name, beside.others, ${cursorColumns}
     FROM user_roles ur JOIN users u ON u.id = ur.user_id
     CROSS JOIN LATERAL (SELECT ${otherRoles} AS others FROM user_roles o WHERE o.user_id = u.id) AS beside
     WHERE ur.role_id = :roleId AND ${inForce} AND u.deleted_at IS NULL AND beside.others = ANY(:groups::text[])
       AND ${where}
     ORDER BY ${orderBy} LIMIT ${limit}`,
    { roleId, groups, ...values },
  )
}

/** Whether any user has the role. Deleted users who can be restored count too. */
export async function isRoleGranted(sql: Sql, roleId: string): Promise<boolean> {
  const row = await sql.row(
    `SELECT u.id FROM user_roles ur JOIN users u ON u.id = ur.user_id
     WHERE ur.role_id = :roleId AND ${inForce} AND u.erasing_at IS NULL LIMIT 1`,
    { roleId },
  )
  return row !== undefined
}

/** The permissions of each of these roles, by the role's id. */
export async function permissionsByRole({ Role }: MaindbUnit, roleIds: string[]): Promise<Map<string, string[]>> {
  const roles = await Role.findAll({ where: { id: roleIds }, include: ['permissions'] })
  return new Map(roles.map(({ id, permissions }) => [id, permissions.map(({ name }) => name)]))
}

/** The names of all permissions. */
export async function permissionNames({ Permission }: MaindbUnit): Promise<string[]> {
  return (await Permission.findAll()).map(({ name }) => name)
}
