import { emailKey } from '@likeness/service-kit/identity'

import type { Sql } from '../maindb.ts'
import type { UserStatus } from '../users/user-rows.ts'

export interface Credentials {
  userId: string
  status: UserStatus
  passwordHash: string | null
}

const columns = 'id AS "userId", status, password_hash AS "passwordHash"'

export function findCredentialsByEmail(sql: Sql, email: string): Promise<Credentials | undefined> {
  return sql.row<Credentials>(`SELECT ${columns} FROM users WHERE email_key = :emailKey AND deleted_at IS NULL`, {
    emailKey: emailKey(email),
  })
}

export function findCredentials(sql: Sql, userId: string): Promise<Credentials | undefined> {
  return sql.row<Credentials>(`SELECT ${columns} FROM users WHERE id = :userId AND deleted_at IS NULL`, { userId })
}

/** Holds the user for the rest of the transaction. */
export function findCredentialsForChange(sql: Sql, userId: string): Promise<Credentials | undefined> {
  return sql.row<Credentials>(`SELECT ${columns} FROM users WHERE id = :userId AND deleted_at IS NULL FOR UPDATE`, {
    userId,
  })
}

/** Tokens made before are stale. */
export async function replacePasswordHash(sql: Sql, userId: string, passwordHash: string): Promise<void> {
  await sql.rows(
    'UPDATE users SET password_hash = :passwordHash, epoch = epoch + 1, updated_at = now() WHERE id = :userId',
    { userId, passwordHash },
  )
}
