import { emailKey } from '@likeness/internal-api'
import { escapeLike } from '@likeness/postgres'
import { keyset, type ListOrder } from '@likeness/service-kit/http'
import { uuidv7 } from 'uuidv7'

import { inForce, rolesOfUser } from '../grants/in-force.ts'
import type { MaindbUnit, Sql } from '../maindb.ts'
import type { Profile, UserAttributes, UserStatus } from '../models/user.ts'

/** The columns of an avatar. */
export interface AvatarRow extends Pick<UserAttributes, 'avatarMediaId' | 'avatarVersion'> {
  /** The names of medias-service's presets; null if the user has no avatar. */
  avatarSizes: string[] | null
}

export interface UserRow extends AvatarRow, Pick<UserAttributes, 'id' | 'email' | 'name' | 'profile' | 'locale'> {
  /** `deleted` while the user is deleted. A restored user has the stored status again. */
  status: UserStatus | 'deleted'
  roles: string[]
  /** ISO 8601 in UTC, as in the API. The other times have the same format. */
  emailVerifiedAt: string | null
  lastLoginAt: string | null
  createdAt: string
  updatedAt: string
}

/**
 * PostgreSQL formats the times, in UTC, the time zone of its sessions. Parsing them into `Date` and formatting them
 * again took a fifth of the time of a page (bench/).
 */
const isoTime = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const avatarColumns = (presetNames: string) => `
  u.avatar_media_id AS "avatarMediaId", u.avatar_version AS "avatarVersion",
  CASE WHEN u.avatar_media_id IS NOT NULL THEN ${presetNames} END AS "avatarSizes"`

const columnsWith = (presetNames: string) => `
  u.id, u.email, u.name, CASE WHEN u.deleted_at IS NULL THEN u.status ELSE 'deleted' END AS status,
  u.profile, ${avatarColumns(presetNames)}, u.locale,
  ${isoTime('u.email_verified_at')} AS "emailVerifiedAt", ${isoTime('u.last_login_at')} AS "lastLoginAt",
  ${isoTime('u.created_at')} AS "createdAt", ${isoTime('u.updated_at')} AS "updatedAt",
  ${rolesOfUser} AS roles`

/** The columns of a `UserRow` from `users u`, for one user. The presets are read only if the user has an avatar. */
export const userColumns = columnsWith('media_preset_names()')

/** The same columns for a page. PostgreSQL reads the presets once per statement, not once per avatar. */
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
  /** Only `deleted` lists deleted users. */
  status?: UserStatus | 'deleted' | undefined
  /** Users who have this role; null: the role does not exist, so nobody has it. */
  roleId?: string | null | undefined
}

export function findUser(sql: Sql, id: string): Promise<UserRow | undefined> {
  return sql.row<UserRow>(`SELECT ${userColumns} FROM users u WHERE u.id = :id AND u.deleted_at IS NULL`, { id })
}

/**
 * Locks the user until the end of the transaction, then reads the user. Two statements, because a single statement that
 * waited for the lock would read the roles as they were before the wait.
 */
export async function findUserForChange(sql: Sql, id: string): Promise<UserRow | undefined> {
  await sql.row('SELECT 1 AS locked FROM users WHERE id = :id AND deleted_at IS NULL FOR UPDATE', { id })
  return findUser(sql, id)
}

/** The same, by email address. */
export async function findUserByEmailForChange(sql: Sql, email: string): Promise<UserRow | undefined> {
  const locked = await sql.row<Pick<UserAttributes, 'id'>>(
    'SELECT id FROM users WHERE email_key = :emailKey AND deleted_at IS NULL FOR UPDATE',
    { emailKey: emailKey(email) },
  )
  return locked && findUser(sql, locked.id)
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

/**
 * By the role's id, for which PostgreSQL has statistics. With the role's name, it scanned 100,000 users to find three.
 */
const holders = `u.id IN (SELECT ur.user_id FROM user_roles ur WHERE ur.role_id = :roleId AND ${inForce})`

function condition({ id, q, status, roleId }: UserFilter): string {
  return [
    // Users who are being erased cannot be restored, so they are not listed.
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

const patternOf = (part: string) => `%${escapeLike(part)}%`

interface NewUser extends Pick<UserAttributes, 'email' | 'name' | 'status' | 'passwordHash'> {
  roleIds: string[]
}

/** @returns the id of the new user. Throws a violation of the constraint `users_email_key` if the address is taken. */
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
  /** Replaces the whole profile. */
  profile?: Profile | undefined
}

export async function updateUserRow(
  unit: MaindbUnit,
  id: string,
  { email, status, ...fields }: UserChanges,
): Promise<void> {
  if (email !== undefined) await updateEmail(unit, id, email)
  if (status !== undefined) await updateStatus(unit, id, status)
  const changed = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  if (Object.keys(changed).length > 0) await unit.User.update(changed, { where: { id } })
}

/** A new address is not verified. Another spelling with the same key stays verified. */
async function updateEmail(sql: Sql, id: string, email: string): Promise<void> {
  await sql.rows(
    `UPDATE users SET email = :email, email_key = :emailKey, updated_at = now(),
       email_verified_at = CASE WHEN email_key = :emailKey THEN email_verified_at END
     WHERE id = :id`,
    { id, email, emailKey: emailKey(email) },
  )
}

/** A user without a password becomes `invited` instead of `active`. */
async function updateStatus(sql: Sql, id: string, status: UserStatus): Promise<void> {
  await sql.rows(
    `UPDATE users SET status = CASE WHEN :status = 'active' AND password_hash IS NULL THEN 'invited' ELSE :status END,
       epoch = epoch + (status <> :status)::integer, updated_at = now()
     WHERE id = :id`,
    { id, status },
  )
}

/** Activates an invited user, with a password and a verified address. Earlier tokens become stale. */
export async function activateInvitedUser(
  sql: Sql,
  id: string,
  { passwordHash, name }: { passwordHash: string; name: UserAttributes['name'] | undefined },
): Promise<void> {
  await sql.rows(
    `UPDATE users SET status = 'active', password_hash = :passwordHash, name = coalesce(CAST(:name AS text), name),
       email_verified_at = now(), epoch = epoch + 1, updated_at = now()
     WHERE id = :id`,
    { id, passwordHash, name: name ?? null },
  )
}

/** A version of a media as an avatar. */
export type AvatarMedia = {
  [Column in 'mediaId' | 'version']: NonNullable<UserAttributes[`avatar${Capitalize<Column>}`]>
}

/** @param avatar null removes the avatar. Setting the same avatar again changes nothing. */
export async function setAvatarMedia({ User }: MaindbUnit, user: UserRow, avatar: AvatarMedia | null): Promise<void> {
  const [avatarMediaId, avatarVersion] = [avatar?.mediaId ?? null, avatar?.version ?? null]
  if (user.avatarMediaId === avatarMediaId && user.avatarVersion === avatarVersion) return
  await User.update({ avatarMediaId, avatarVersion }, { where: { id: user.id } })
}

/** @returns the user's new epoch. */
export async function markUserDeleted(sql: Sql, id: string): Promise<number> {
  const row = await sql.row<Pick<UserAttributes, 'epoch'>>(
    'UPDATE users SET deleted_at = now(), updated_at = now(), epoch = epoch + 1 WHERE id = :id RETURNING epoch',
    { id },
  )
  if (!row) throw new Error(`The user ${id} does not exist, although its row was locked`)
  return row.epoch
}

/** Restores a deleted user whose erasure has not begun. @returns the new epoch; undefined if there is no such user. */
export async function unmarkUserDeleted(sql: Sql, id: string): Promise<number | undefined> {
  const row = await sql.row<Pick<UserAttributes, 'epoch'>>(
    `UPDATE users SET deleted_at = NULL, updated_at = now(), epoch = epoch + 1
     WHERE id = :id AND deleted_at IS NOT NULL AND erasing_at IS NULL RETURNING epoch`,
    { id },
  )
  return row?.epoch
}

/** Makes all earlier tokens of the user stale, after a change of the user's rights. */
export async function raiseUserEpoch(sql: Sql, id: string): Promise<void> {
  await sql.rows('UPDATE users SET epoch = epoch + 1, updated_at = now() WHERE id = :id', { id })
}

/** @returns the user's new epoch, higher than `epoch`; undefined if the user does not exist. */
export async function raiseUserEpochAbove(sql: Sql, id: string, epoch: number): Promise<number | undefined> {
  const row = await sql.row<Pick<UserAttributes, 'epoch'>>(
    'UPDATE users SET epoch = greatest(epoch, :epoch) + 1 WHERE id = :id RETURNING epoch',
    { id, epoch },
  )
  return row?.epoch
}

/** medias-service calls this for each page of a list. Hand-written SQL, because a model would read all sixteen columns. */
export function findNames(sql: Sql, ids: string[]): Promise<Pick<UserAttributes, 'id' | 'name'>[]> {
  return sql.rows('SELECT id, name FROM users WHERE id = ANY(:ids::uuid[]) AND deleted_at IS NULL', { ids })
}

/** What everybody who is signed in can read about a user. */
export interface CardRow extends AvatarRow, Pick<UserAttributes, 'id' | 'name'> {}

/** The cards of these users, in the order of `ids`. Deleted and unknown users are left out. */
export function findCards(sql: Sql, ids: string[]): Promise<CardRow[]> {
  return sql.rows<CardRow>(
    `SELECT u.id, u.name, ${avatarColumns('(SELECT names FROM media_presets)')} FROM users u
     WHERE u.id = ANY(:ids::uuid[]) AND u.deleted_at IS NULL ORDER BY array_position(:ids::uuid[], u.id)`,
    { ids },
  )
}
