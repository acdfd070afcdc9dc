import type { Sql } from '../maindb.ts'

/**
 * Rows per statement. Small, so that a statement ends within its time limit and does not hold its row locks for long.
 */
export const BATCH = 1_000

/** Skips rows that another replica has locked, because that replica deletes them. */
const LIMIT_BATCH = `LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`

/**
 * Sessions and API keys are kept for 30 days after their end. In this time, a used refresh token is still detected, and
 * the problem for a revoked or expired API key still contains the reason.
 */
const statements = {
  // Experiments are assumed to end within a year.
  featureBuckets: `DELETE FROM feature_bucket WHERE (user_id, experiment) IN (
    SELECT user_id, experiment FROM feature_bucket WHERE created_at < now() - interval '1 year' ${LIMIT_BATCH}
  ) RETURNING user_id`,
  sessions: `DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions
    WHERE ended_at < now() - interval '30 days' OR expires_at < now() - interval '30 days' ${LIMIT_BATCH}
  ) RETURNING id`,
  guesses: `DELETE FROM guess WHERE key IN (
    SELECT key FROM guess WHERE window_started_at < now() - interval '1 hour' ${LIMIT_BATCH}
  ) RETURNING key`,
  revocations: `DELETE FROM revocation WHERE id IN (
    SELECT id FROM revocation WHERE created_at < now() - interval '1 day' ${LIMIT_BATCH}
  ) RETURNING id`,
  apiKeys: `DELETE FROM api_key WHERE id IN (
    SELECT id FROM api_key
    WHERE revoked_at < now() - interval '30 days' OR expires_at < now() - interval '30 days' ${LIMIT_BATCH}
  ) RETURNING id`,
  idempotencyKeys: `DELETE FROM idempotency_key WHERE (caller, route, key) IN (
    SELECT caller, route, key FROM idempotency_key WHERE created_at < now() - interval '1 day' ${LIMIT_BATCH}
  ) RETURNING key`,
}

export type ExpiringKind = keyof typeof statements

export const expiringKinds = Object.keys(statements) as ExpiringKind[]

/** Deletes at most `BATCH` expired rows of one kind. @returns the number of deleted rows. */
export async function deleteExpiredBatch(sql: Sql, kind: ExpiringKind): Promise<number> {
  return (await sql.rows(statements[kind])).length
}
