import type { KeyIdentity } from '@likeness/internal-api'
import { problems, type Problem } from '@likeness/service-kit/process'

import type { Sql } from '../maindb.ts'
import { claimColumns, presentClaims, type ClaimsRow } from '../sessions/identity.ts'

type KeyState = 'live' | 'revoked' | 'expired' | 'maker-inactive'

interface KeyIdentityRow extends ClaimsRow {
  keyId: string
  scope: string[]
  state: KeyState
}

/**
 * Reads a key and notes that it was used, in one statement: what it may, what its maker may, and their epochs are of one
 * moment.
 *
 * @param keyHash SHA-256 of the key, hexadecimal
 * @throws {Problem} 401 `key-invalid`, `key-revoked`, `key-expired` or `key-maker-inactive`.
 */
export async function readKeyIdentity(sql: Sql, keyHash: string): Promise<KeyIdentity> {
  const row = await sql.row<KeyIdentityRow>(
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
  if (!row) throw problems.keyInvalid()
  if (row.state !== 'live') throw refusals[row.state]()
  return { keyId: row.keyId, userId: row.id, scope: row.scope, ...presentClaims(row) }
}

const refusals: Record<Exclude<KeyState, 'live'>, () => Problem> = {
  revoked: problems.keyRevoked,
  expired: problems.keyExpired,
  'maker-inactive': problems.keyMakerInactive,
}
