import type { MaindbUnit, Sql } from '../maindb.ts'

/** Time in which a used token returns its successor again, because the response may have been lost on the network. */
const GRACE_SECONDS = 10

/**
 * - `unused`: the token can be exchanged.
 * - `just-used`: the token was exchanged less than 10 s ago for this successor, which is unused.
 * - `used`: the token was exchanged earlier, or for another successor.
 * - `unknown`: the token does not belong to this session.
 */
export type TokenState = 'unused' | 'just-used' | 'used' | 'unknown'

export async function readTokenState(
  sql: Sql,
  sessionId: string,
  tokenHash: string,
  successorHash: string,
): Promise<TokenState> {
  const row = await sql.row<{ state: TokenState }>(
    `SELECT CASE
       WHEN token.spent_at IS NULL THEN 'unused'
       WHEN successor.token_hash IS NOT NULL
         AND token.spent_at > clock_timestamp() - interval '${GRACE_SECONDS} seconds' THEN 'just-used'
       ELSE 'used' END AS state
     FROM refresh_token token
     LEFT JOIN refresh_token successor ON successor.parent_hash = token.token_hash
       AND successor.token_hash = :successorHash AND successor.spent_at IS NULL
     WHERE token.token_hash = :tokenHash AND token.session_id = :sessionId`,
    { sessionId, tokenHash, successorHash },
  )
  return row?.state ?? 'unknown'
}

/** Two statements in this order, so that a session never has two unused tokens. */
export async function replaceToken(
  unit: MaindbUnit,
  sessionId: string,
  spentHash: string,
  successorHash: string,
): Promise<void> {
  // Not `now()`, which is the start of the transaction: the transaction may have waited for the lock on the session.
  await unit.rows('UPDATE refresh_token SET spent_at = clock_timestamp() WHERE token_hash = :spentHash', { spentHash })
  await unit.RefreshToken.create({ tokenHash: successorHash, sessionId, parentHash: spentHash })
}
