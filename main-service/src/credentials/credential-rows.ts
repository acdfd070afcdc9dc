import { emailKey } from '@likeness/internal-api'

import type { MaindbUnit, Sql } from '../maindb.ts'
import type { UserAttributes } from '../models/user.ts'

export interface Credentials extends Pick<UserAttributes, 'status' | 'passwordHash'> {
  userId: UserAttributes['id']
}

export const findCredentialsByEmail = (unit: MaindbUnit, email: string): Promise<Credentials | undefined> =>
  credentialsWhere(unit, { emailKey: emailKey(email) })

export const findCredentials = (unit: MaindbUnit, userId: string): Promise<Credentials | undefined> =>
  credentialsWhere(unit, { id: userId })

async function credentialsWhere(
  { User }: MaindbUnit,
  key: { emailKey: string } | { id: string },
): Promise<Credentials | undefined> {
  const user = await User.findOne({ where: { ...key, deletedAt: null } })
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
