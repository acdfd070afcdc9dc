import { keyset, type ListOrder } from '@likeness/service-kit/http'

import type { Sql } from '../maindb.ts'
import type { ApiKeyAttributes } from '../models/api-key.ts'

export type ApiKeyRow = Pick<
  ApiKeyAttributes,
  'id' | 'name' | 'permissions' | 'hint' | 'expiresAt' | 'lastUsedAt' | 'createdAt'
>

const columns = `
  k.id, k.name, k.permissions, k.hint, k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt",
  k.created_at AS "createdAt"`

export const apiKeyOrder: ListOrder<'createdAt' | 'name'> = {
  columns: { createdAt: 'k.created_at', name: 'k.name COLLATE human' },
  standard: '-createdAt',
  tieBreak: 'k.id',
}

/** SQL condition: the key belongs to the user and is not revoked. Expired keys are included. */
const notRevoked = 'k.user_id = :userId AND k.revoked_at IS NULL'

export function listApiKeys(sql: Sql, userId: string, request: Parameters<typeof keyset>[1]): Promise<ApiKeyRow[]> {
  const { cursorColumns, where, orderBy, limit, values } = keyset(apiKeyOrder, request)
  return sql.rows<ApiKeyRow>(
    `SELECT ${columns}, ${cursorColumns} FROM api_key k
     WHERE ${notRevoked} AND ${where} ORDER BY ${orderBy} LIMIT ${limit}`,
    { userId, ...values },
  )
}

/** The number of keys that are neither revoked nor expired. */
export async function countLiveApiKeys(sql: Sql, userId: string): Promise<number> {
  const row = await sql.row<{ live: number }>(
    `SELECT count(*)::integer AS live FROM api_key k
     WHERE ${notRevoked} AND (k.expires_at IS NULL OR k.expires_at > now())`,
    { userId },
  )
  return row?.live ?? 0
}

/** Locks the key until the end of the transaction. */
export function findApiKeyForChange(sql: Sql, userId: string, id: string): Promise<ApiKeyRow | undefined> {
  return sql.row<ApiKeyRow>(`SELECT ${columns} FROM api_key k WHERE k.id = :id AND ${notRevoked} FOR UPDATE`, {
    id,
    userId,
  })
}
