import type { Logger } from '@likeness/service-kit'

import type { Maindb } from './maindb.ts'

const HOUR_MS = 3_600_000
/** Rows a statement: so many go well within its time limit, and hold nobody up. */
const BATCH = 1_000

/**
 * What has had its time: a session is kept for 30 days after it has ended, so that a spent token is still known, and so
 * is an API key, so that its client hears why.
 */
const overdue = {
  // An experiment is over long before.
  featureBuckets: `DELETE FROM feature_bucket WHERE (user_id, experiment) IN (
    SELECT user_id, experiment FROM feature_bucket WHERE created_at < now() - interval '1 year' LIMIT ${BATCH}
  ) RETURNING user_id`,
  sessions: `DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions
    WHERE ended_at < now() - interval '30 days' OR expires_at < now() - interval '30 days' LIMIT ${BATCH}
  ) RETURNING id`,
  guesses: `DELETE FROM guess WHERE key IN (
    SELECT key FROM guess WHERE window_started_at < now() - interval '1 day' LIMIT ${BATCH}
  ) RETURNING key`,
  revocations: `DELETE FROM revocation WHERE id IN (
    SELECT id FROM revocation WHERE created_at < now() - interval '1 day' LIMIT ${BATCH}
  ) RETURNING id`,
  apiKeys: `DELETE FROM api_key WHERE id IN (
    SELECT id FROM api_key
    WHERE revoked_at < now() - interval '30 days' OR expires_at < now() - interval '30 days' LIMIT ${BATCH}
  ) RETURNING id`,
  idempotencyKeys: `DELETE FROM idempotency_key WHERE (caller, route, key) IN (
    SELECT caller, route, key FROM idempotency_key WHERE created_at < now() - interval '1 day' LIMIT ${BATCH}
  ) RETURNING key`,
}

/** Deletes what is overdue, in batches. @returns how many rows of each. */
export async function keepHouse(maindb: Maindb): Promise<Record<keyof typeof overdue, number>> {
  const deleted = { featureBuckets: 0, sessions: 0, guesses: 0, revocations: 0, apiKeys: 0, idempotencyKeys: 0 }
  for (const [what, statement] of Object.entries(overdue) as [keyof typeof overdue, string][]) {
    let batch: number
    do {
      batch = (await maindb.rows(statement)).length
      deleted[what] += batch
    } while (batch === BATCH)
  }
  return deleted
}

/** Keeps house now and every hour. @returns what stops it, once the round in hand is done. */
export function startHousekeeping(maindb: Maindb, logger: Logger): () => Promise<void> {
  let round: Promise<void> = Promise.resolve()
  const start = () => {
    round = keepHouse(maindb).then(
      (deleted) => logger.info({ event: 'housekeeping.done', ...deleted }),
      (error: unknown) => logger.warn({ event: 'housekeeping.failed', error }),
    )
  }
  start()
  const timer = setInterval(start, HOUR_MS)
  return async () => {
    clearInterval(timer)
    await round
  }
}
