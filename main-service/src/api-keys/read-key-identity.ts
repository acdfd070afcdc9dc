import type { KeyIdentity } from '@likeness/internal-api'
import { problems, type Problem } from '@likeness/service-kit/process'

import type { Sql } from '../maindb.ts'
import { presentClaims } from '../sessions/identity-presenter.ts'
import { useApiKey, type KeyState } from './key-identity-rows.ts'

/**
 * Reads the creator of a key and the claims of its tokens, and stores the time of this use.
 *
 * @param keyHash SHA-256 of the key, hexadecimal
 * @throws {Problem} 401 `key-invalid`, `key-revoked`, `key-expired` or `key-maker-inactive`.
 */
export async function readKeyIdentity(sql: Sql, keyHash: string): Promise<KeyIdentity> {
  const row = await useApiKey(sql, keyHash)
  if (!row) throw problems.keyInvalid()
  if (row.state !== 'live') throw invalidKeys[row.state]()
  return { keyId: row.keyId, userId: row.id, scope: row.scope, ...presentClaims(row) }
}

const invalidKeys: Record<Exclude<KeyState, 'live'>, () => Problem> = {
  revoked: problems.keyRevoked,
  expired: problems.keyExpired,
  'maker-inactive': problems.keyMakerInactive,
}
