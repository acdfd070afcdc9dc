import { problems, type Problem } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Sql } from '../maindb.ts'
import { claimColumns, claimsSchema, presentClaims, type ClaimsRow } from '../sessions/identity.ts'

/** A key, whose it is, and what its maker may at this moment. */
export const keyIdentitySchema = z.object({
  keyId: z.uuid(),
  userId: z.uuid(),
  scope: z.array(z.string()).describe('The most that the key may.'),
  claims: claimsSchema,
  secondsLeft: z.int().nullable().describe('Until the key expires, or the first of these roles runs out.'),
})

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
export async function readKeyIdentity(sql: Sql, keyHash: string): Promise<z.output<typeof keyIdentitySchema>> {
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
