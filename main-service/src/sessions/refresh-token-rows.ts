import type { MaindbUnit, Sql } from '../maindb.ts'

/** How long a spent token still returns its successor: the answer may have been lost on the network. */
const GRACE_SECONDS = 10

/**
 * - `unspent`: the token may be spent;
 * - `just-spent`: it was spent less than 10 s ago for this same successor, which is unspent;
 * - `spent`: it was spent before;
 * - `unknown`: it is not a token of this session.
 */
export type TokenState = 'unspent' | 'just-spent' | 'spent' | 'unknown'

export async function readTokenState(
  sql: Sql,
  sessionId: string,
  tokenHash: string,
  successorHash: string,
): Promise<TokenState> {
  const row = await sql.row<{ state: TokenState }>(
    `SELECT CASE
       WHEN token.spent_at IS NULL THEN 'unspent'
       WHEN successor.token_hash IS NOT NULL
         AND token.spent_at > clock_timestamp() - interval '${GRACE_SECONDS} seconds' THEN 'just-spent'
       ELSE 'spent' END AS state
     FROM refresh_token token
     LEFT JOIN refresh_token successor ON successor.parent_hash = token.token_hash
       AND successor.token_hash = :successorHash AND successor.spent_at IS NULL
     WHERE token.token_hash = :tokenHash AND token.session_id = :sessionId`,
    { sessionId, tokenHash, successorHash },
  )
  return row?.state ?? 'unknown'
}

/** Two statements in this order, so that a session never has two unspent tokens. */
export async function replaceToken(
  unit: MaindbUnit,
  sessionId: string,
  spentHash: string,
  successorHash: string,
): Promise<void> {
  // Not `now()`, the model's time: this transaction may have waited for the session's lock, and the grace starts here.
  await unit.rows('UPDATE refresh_token SET spent_at = clock_timestamp() WHERE token_hash = :spentHash', { spentHash })
  await unit.RefreshToken.create({ tokenHash: successorHash, sessionId, parentHash: spentHash })
}
