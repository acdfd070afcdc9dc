import { emailKey } from '@likeness/internal-api'

import type { MaindbUnit, Sql } from '../maindb.ts'
import type { UserAttributes } from '../models/user.ts'

export interface Credentials extends Pick<UserAttributes, 'status' | 'passwordHash'> {
  userId: UserAttributes['id']
}

const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * The credentials for an address. For an unknown address, those of nobody, without a password: one row in both cases, so
 * that the work is the same and its duration does not reveal which addresses have an account.
 */
export async function findCredentialsByEmail(sql: Sql, email: string): Promise<Credentials> {
  const found = await sql.row<Credentials>(
    `SELECT coalesce(u.id, :nobody) AS "userId", coalesce(u.status, 'active') AS status, u.password_hash AS "passwordHash"
     FROM (VALUES (1)) AS one LEFT JOIN users u ON u.email_key = :emailKey AND u.deleted_at IS NULL`,
    { emailKey: emailKey(email), nobody: NOBODY },
  )
  return found as Credentials
}

export async function findCredentials({ User }: MaindbUnit, userId: string): Promise<Credentials | undefined> {
  const user = await User.findOne({ where: { id: userId, deletedAt: null } })
  return user && { userId: user.id, status: user.status, passwordHash: user.passwordHash }
}

/** Locks the user until the end of the transaction. */
export function findCredentialsForChange(sql: Sql, userId: string): Promise<Credentials | undefined> {
  return sql.row<Credentials>(
    `SELECT id AS "userId", status, password_hash AS "passwordHash" FROM users
     WHERE id = :userId AND deleted_at IS NULL FOR UPDATE`,
    { userId },
  )
}

/** Increments the epoch too, so that earlier tokens become stale. */
export async function replacePasswordHash(sql: Sql, userId: string, passwordHash: string): Promise<void> {
  await sql.rows(
    'UPDATE users SET password_hash = :passwordHash, epoch = epoch + 1, updated_at = now() WHERE id = :userId',
    { userId, passwordHash },
  )
}
