import type { Sql } from '../maindb.ts'
import type { ApiKeyAttributes } from '../models/api-key.ts'
import { claimColumns, type ClaimsRow } from '../sessions/identity-rows.ts'

export type KeyState = 'live' | 'revoked' | 'expired' | 'maker-inactive'

export interface KeyIdentityRow extends ClaimsRow {
  keyId: ApiKeyAttributes['id']
  /** The permissions of the key. */
  scope: ApiKeyAttributes['permissions']
  state: KeyState
}

/**
 * Reads a key with the claims of its creator, and stores the time of this use. One statement, so that the permissions
 * of the key, the permissions of its creator, and the epochs are read at the same moment.
 */
export function useApiKey(sql: Sql, keyHash: string): Promise<KeyIdentityRow | undefined> {
  return sql.row<KeyIdentityRow>(
    `WITH used AS (
       UPDATE api_key SET last_used_at = now()
       WHERE key_hash = :keyHash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
     )
     SELECT k.id AS "keyId", k.permissions AS scope,
       CASE
         WHEN k.revoked_at IS NOT NULL THEN 'revoked'
         WHEN k.expires_at <= now() THEN 'expired'
         WHEN u.status <> 'active' OR u.deleted_at IS NOT NULL THEN 'maker-inactive'
         ELSE 'live'
       END AS state,
       ${claimColumns('k.expires_at')}
     FROM api_key k JOIN users u ON u.id = k.user_id WHERE k.key_hash = :keyHash`,
    { keyHash },
  )
}
