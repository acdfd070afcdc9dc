import { keyset, type ListOrder } from '@likeness/service-kit'
import { uuidv7 } from 'uuidv7'

import type { Sql } from '../maindb.ts'

export interface ApiKeyRow {
  id: string
  name: string
  permissions: string[]
  /** The last characters of the key. */
  hint: string
  expiresAt: Date | null
  lastUsedAt: Date | null
  createdAt: Date
}

const columns = `
  k.id, k.name, k.permissions, k.hint, k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt",
  k.created_at AS "createdAt"`

export const apiKeyOrder: ListOrder<'createdAt' | 'name'> = {
  columns: { createdAt: 'k.created_at', name: 'k.name COLLATE human' },
  standard: '-createdAt',
  tieBreak: 'k.id',
}

/** Not revoked; one that has expired stands until it is. */
const standing = 'k.user_id = :userId AND k.revoked_at IS NULL'

export function listApiKeys(sql: Sql, userId: string, request: Parameters<typeof keyset>[1]): Promise<ApiKeyRow[]> {
  const { cursorColumns, where, orderBy, limit, replacements } = keyset(apiKeyOrder, request)
  return sql.rows<ApiKeyRow>(
    `SELECT ${columns}, ${cursorColumns} FROM api_key k
     WHERE ${standing} AND ${where} ORDER BY ${orderBy} LIMIT ${limit}`,
    { userId, ...replacements },
  )
}

export async function countApiKeys(sql: Sql, userId: string): Promise<number> {
  const row = await sql.row<{ total: number }>(`SELECT count(*)::integer AS total FROM api_key k WHERE ${standing}`, {
    userId,
  })
  return row?.total ?? 0
}

/** Keys that open something, if their maker does. */
export async function countLiveApiKeys(sql: Sql, userId: string): Promise<number> {
  const row = await sql.row<{ live: number }>(
    `SELECT count(*)::integer AS live FROM api_key k
     WHERE ${standing} AND (k.expires_at IS NULL OR k.expires_at > now())`,
    { userId },
  )
  return row?.live ?? 0
}

export function findApiKey(sql: Sql, userId: string, id: string): Promise<ApiKeyRow | undefined> {
  return sql.row<ApiKeyRow>(`SELECT ${columns} FROM api_key k WHERE k.id = :id AND ${standing}`, { id, userId })
}

/** Holds the key for the rest of the transaction. */
export function findApiKeyForChange(sql: Sql, userId: string, id: string): Promise<ApiKeyRow | undefined> {
  return sql.row<ApiKeyRow>(`SELECT ${columns} FROM api_key k WHERE k.id = :id AND ${standing} FOR UPDATE`, {
    id,
    userId,
  })
}

interface NewApiKey {
  userId: string
  name: string
  permissions: string[]
  /** SHA-256 of the key, hexadecimal. */
  keyHash: string
  hint: string
  expiresAt: Date | null
}

export async function insertApiKey(sql: Sql, { expiresAt, ...key }: NewApiKey): Promise<ApiKeyRow> {
  const row = await sql.row<ApiKeyRow>(
    `INSERT INTO api_key AS k (id, user_id, name, key_hash, hint, permissions, expires_at)
     VALUES (:id, :userId, :name, :keyHash, :hint, :permissions, :expiresAt) RETURNING ${columns}`,
    { id: uuidv7(), ...key, expiresAt: expiresAt?.toISOString() ?? null },
  )
  return row as ApiKeyRow
}

export async function markApiKeyRevoked(sql: Sql, id: string): Promise<void> {
  await sql.rows('UPDATE api_key SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL', { id })
}

export async function markApiKeysRevoked(sql: Sql, userId: string): Promise<void> {
  await sql.rows('UPDATE api_key SET revoked_at = now() WHERE user_id = :userId AND revoked_at IS NULL', { userId })
}
