import { keyset, type ListOrder } from '@likeness/service-kit/http'
import { emailKey } from '@likeness/service-kit/identity'
import { uuidv7 } from 'uuidv7'

import { inForce, rolesOfUser } from '../grants/in-force.ts'
import type { MaindbUnit, Sql } from '../maindb.ts'
import type { Profile, UserAttributes, UserStatus } from '../models/user.ts'

export interface UserRow extends Pick<
  UserAttributes,
  'id' | 'email' | 'name' | 'profile' | 'avatarMediaId' | 'locale'
> {
  /** Of one who is deleted `deleted`, whatever they will be when they are restored. */
  status: UserStatus | 'deleted'
  roles: string[]
  /** The names of medias-service's presets; null without an avatar. */
  avatarSizes: string[] | null
  /** Times as the API has them, ISO 8601 in UTC. */
  emailVerifiedAt: string | null
  lastLoginAt: string | null
  createdAt: string
  updatedAt: string
}

/**
 * Written by PostgreSQL, whose sessions here are in UTC: read into dates and out again, the times of a page cost a fifth
 * of it (bench/).
 */
const isoTime = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const columnsWith = (presetNames: string) => `
  u.id, u.email, u.name, CASE WHEN u.deleted_at IS NULL THEN u.status ELSE 'deleted' END AS status,
  u.profile, u.avatar_media_id AS "avatarMediaId",
  CASE WHEN u.avatar_media_id IS NOT NULL THEN ${presetNames} END AS "avatarSizes", u.locale,
  ${isoTime('u.email_verified_at')} AS "emailVerifiedAt", ${isoTime('u.last_login_at')} AS "lastLoginAt",
  ${isoTime('u.created_at')} AS "createdAt", ${isoTime('u.updated_at')} AS "updatedAt",
  ${rolesOfUser} AS roles`

/** A `UserRow`, of `users u`, for a statement that reads one user: the presets are read only for an avatar. */
export const userColumns = columnsWith('media_preset_names()')

/** The same for a page: PostgreSQL reads the presets once in the statement, not once for each avatar. */
const pageColumns = columnsWith('(SELECT names FROM media_presets)')

export const userOrder: ListOrder<'createdAt' | 'updatedAt' | 'name' | 'email'> = {
  columns: {
    createdAt: 'u.created_at',
    updatedAt: 'u.updated_at',
    name: 'u.name COLLATE human',
    email: 'u.email_key COLLATE human',
  },
  standard: '-createdAt',
  tieBreak: 'u.id',
}

export interface UserFilter {
  id?: string | undefined
  q?: string | undefined
  /** Without `deleted`, who is deleted is left out. */
  status?: UserStatus | 'deleted' | undefined
  /** Who has this role; null: a role that is none, and that nobody has. */
  roleId?: string | null | undefined
}

export function findUser(sql: Sql, id: string): Promise<UserRow | undefined> {
  return sql.row<UserRow>(`SELECT ${userColumns} FROM users u WHERE u.id = :id AND u.deleted_at IS NULL`, { id })
}

/**
 * Holds the user for the rest of the transaction and reads them. Two statements: one that had waited for the lock
 * would see the roles as they were before the wait.
 */
export async function findUserForChange(sql: Sql, id: string): Promise<UserRow | undefined> {
  await sql.row('SELECT 1 AS held FROM users WHERE id = :id AND deleted_at IS NULL FOR UPDATE', { id })
  return findUser(sql, id)
}

/** The same, by an address. */
export async function findUserByEmailForChange(sql: Sql, email: string): Promise<UserRow | undefined> {
  const held = await sql.row<{ id: string }>(
    'SELECT id FROM users WHERE email_key = :emailKey AND deleted_at IS NULL FOR UPDATE',
    { emailKey: emailKey(email) },
  )
  return held && findUser(sql, held.id)
}

type PageRequest = Parameters<typeof keyset>[1]

export function listUsers(sql: Sql, filter: UserFilter, request: PageRequest): Promise<UserRow[]> {
  const { cursorColumns, where, orderBy, limit, values } = keyset(userOrder, request)
  return sql.rows<UserRow>(
    `SELECT ${pageColumns}, ${cursorColumns} FROM users u
     WHERE ${condition(filter)} AND ${where} ORDER BY ${orderBy} LIMIT ${limit}`,
    { ...valuesOf(filter), ...values },
  )
}

export async function countUsers(sql: Sql, filter: UserFilter): Promise<number> {
  const row = await sql.row<{ total: number }>(
    `SELECT count(*)::integer AS total FROM users u WHERE ${condition(filter)}`,
    valuesOf(filter),
  )
  return row?.total ?? 0
}

/** By the role's id, of which PostgreSQL knows how many have it: by its name it walked 100,000 users to find three. */
const holders = `u.id IN (SELECT ur.user_id FROM user_roles ur WHERE ur.role_id = :roleId AND ${inForce})`

function condition({ id, q, status, roleId }: UserFilter): string {
  return [
    // Who is being erased cannot be restored any more, and so is nobody's to look at.
    status === 'deleted' ? 'u.deleted_at IS NOT NULL AND u.erasing_at IS NULL' : 'u.deleted_at IS NULL',
    id !== undefined && 'u.id = :id',
    q !== undefined && '(u.name ILIKE :pattern OR u.email ILIKE :pattern OR u.email_key ILIKE :keyPattern)',
    status !== undefined && status !== 'deleted' && 'u.status = :status',
    roleId !== undefined && holders,
  ]
    .filter(Boolean)
    .join(' AND ')
}

function valuesOf({ q = '', ...filter }: UserFilter): Record<string, unknown> {
  return { ...filter, pattern: patternOf(q), keyPattern: patternOf(emailKey(q)) }
}

const patternOf = (part: string) => `%${part.replace(/[\\%_]/g, '\\$&')}%`

interface NewUser extends Pick<UserAttributes, 'email' | 'name' | 'status' | 'passwordHash'> {
  roleIds: string[]
}

/** @returns the id of the new user. Throws the constraint `users_email_key` for an address that is taken. */
export async function insertUser({ User, UserRole }: MaindbUnit, { roleIds, ...user }: NewUser): Promise<string> {
  const id = uuidv7()
  await User.create({ id, ...user, emailKey: emailKey(user.email) })
  await UserRole.bulkCreate(roleIds.map((roleId) => ({ userId: id, roleId })))
  return id
}

export interface UserChanges {
  email?: UserAttributes['email'] | undefined
  name?: UserAttributes['name'] | undefined
  status?: Extract<UserStatus, 'active' | 'suspended'> | undefined
  locale?: UserAttributes['locale'] | undefined
  /** Replaced as a whole. */
  profile?: Profile | undefined
}

/** Another address is not verified; somebody without a password is never `active`, but `invited`. */
const assignments = {
  email: `email = :email, email_key = :emailKey,
          email_verified_at = CASE WHEN email_key = :emailKey THEN email_verified_at END`,
  name: 'name = :name',
  status: `status = CASE WHEN :status = 'active' AND password_hash IS NULL THEN 'invited' ELSE :status END,
           epoch = epoch + (status <> :status)::integer`,
  locale: 'locale = :locale',
  profile: 'profile = :profile',
} as const satisfies Record<keyof UserChanges, string>

export async function updateUserRow(sql: Sql, id: string, changes: UserChanges): Promise<void> {
  const named = (Object.keys(assignments) as (keyof UserChanges)[]).filter((name) => changes[name] !== undefined)
  if (named.length === 0) return
  const set = [...named.map((name) => assignments[name]), 'updated_at = now()'].join(', ')
  await sql.rows(`UPDATE users SET ${set} WHERE id = :id`, { id, ...changes, emailKey: emailKey(changes.email ?? '') })
}

/** Whoever was invited has come: they have a password, and their address is theirs. Tokens made before are stale. */
export async function activateInvitedUser(
  sql: Sql,
  id: string,
  { passwordHash, name }: { passwordHash: string; name: string | undefined },
): Promise<void> {
  await sql.rows(
    `UPDATE users SET status = 'active', password_hash = :passwordHash, name = coalesce(CAST(:name AS text), name),
       email_verified_at = now(), epoch = epoch + 1, updated_at = now()
     WHERE id = :id`,
    { id, passwordHash, name: name ?? null },
  )
}

/** @param mediaId null: the user has no avatar any more. The same avatar again is no change. */
export async function setAvatarMedia({ User }: MaindbUnit, user: UserRow, mediaId: string | null): Promise<void> {
  if (user.avatarMediaId !== mediaId) await User.update({ avatarMediaId: mediaId }, { where: { id: user.id } })
}

/** @returns their epoch after it. */
export async function markUserDeleted(sql: Sql, id: string): Promise<number> {
  const row = await sql.row<{ epoch: number }>(
    'UPDATE users SET deleted_at = now(), updated_at = now(), epoch = epoch + 1 WHERE id = :id RETURNING epoch',
    { id },
  )
  if (!row) throw new Error(`The user ${id} is gone while they were held`)
  return row.epoch
}

/** Holds a user who is deleted, and not being erased yet, and restores them. @returns their epoch after it. */
export async function unmarkUserDeleted(sql: Sql, id: string): Promise<number | undefined> {
  const row = await sql.row<{ epoch: number }>(
    `UPDATE users SET deleted_at = NULL, updated_at = now(), epoch = epoch + 1
     WHERE id = :id AND deleted_at IS NOT NULL AND erasing_at IS NULL RETURNING epoch`,
    { id },
  )
  return row?.epoch
}

/** A change of somebody's rights: tokens made before it are stale. */
export async function raiseUserEpoch(sql: Sql, id: string): Promise<void> {
  await sql.rows('UPDATE users SET epoch = epoch + 1, updated_at = now() WHERE id = :id', { id })
}

/** @returns the user's epoch, higher than that; undefined where they are gone. */
export async function raiseUserEpochAbove(sql: Sql, id: string, epoch: number): Promise<number | undefined> {
  const row = await sql.row<{ epoch: number }>(
    'UPDATE users SET epoch = greatest(epoch, :epoch) + 1 WHERE id = :id RETURNING epoch',
    { id, epoch },
  )
  return row?.epoch
}

/** Two columns of many users for each page of a list in medias-service: a model would read all sixteen. */
export function findNames(sql: Sql, ids: string[]): Promise<Pick<UserAttributes, 'id' | 'name'>[]> {
  return sql.rows('SELECT id, name FROM users WHERE id = ANY(:ids::uuid[]) AND deleted_at IS NULL', { ids })
}
