import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import { expireAudit } from './audit/audit-rows.ts'
import type { Context } from './context.ts'
import { beginErasures, ERASURE_BATCH } from './erasure/begin-erasures.ts'
import type { Maindb } from './maindb.ts'

const HOUR_MS = 3_600_000
/** After a round that failed, or that has left something to do. */
const MINUTE_MS = 60_000
/** Rows a statement: so many go well within its time limit, and hold nobody up. */
const BATCH = 1_000
/** Rows that another replica has in hand are left to it. */
const SOME = `LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`

/**
 * What has had its time: a session is kept for 30 days after it has ended, so that a spent token is still known, and so
 * is an API key, so that its client hears why.
 */
const overdue = {
  // An experiment is over long before.
  featureBuckets: `DELETE FROM feature_bucket WHERE (user_id, experiment) IN (
    SELECT user_id, experiment FROM feature_bucket WHERE created_at < now() - interval '1 year' ${SOME}
  ) RETURNING user_id`,
  sessions: `DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions
    WHERE ended_at < now() - interval '30 days' OR expires_at < now() - interval '30 days' ${SOME}
  ) RETURNING id`,
  guesses: `DELETE FROM guess WHERE key IN (
    SELECT key FROM guess WHERE window_started_at < now() - interval '1 day' ${SOME}
  ) RETURNING key`,
  revocations: `DELETE FROM revocation WHERE id IN (
    SELECT id FROM revocation WHERE created_at < now() - interval '1 day' ${SOME}
  ) RETURNING id`,
  apiKeys: `DELETE FROM api_key WHERE id IN (
    SELECT id FROM api_key
    WHERE revoked_at < now() - interval '30 days' OR expires_at < now() - interval '30 days' ${SOME}
  ) RETURNING id`,
  idempotencyKeys: `DELETE FROM idempotency_key WHERE (caller, route, key) IN (
    SELECT caller, route, key FROM idempotency_key WHERE created_at < now() - interval '1 day' ${SOME}
  ) RETURNING key`,
}

type Deleted = Record<keyof typeof overdue | 'audit', number>

/**
 * Deletes what is overdue, in batches.
 *
 * @param auditDays how long the audit trail is kept, at least 30
 * @returns how many rows of each.
 */
export async function keepHouse(maindb: Maindb, auditDays: number): Promise<Deleted> {
  const deleted: Deleted = {
    featureBuckets: 0,
    sessions: 0,
    guesses: 0,
    revocations: 0,
    apiKeys: 0,
    idempotencyKeys: 0,
    audit: 0,
  }
  for (const [what, statement] of Object.entries(overdue) as [keyof typeof overdue, string][]) {
    let batch: number
    do {
      batch = (await maindb.rows(statement)).length
      deleted[what] += batch
    } while (batch === BATCH)
  }
  let batch: number
  do {
    batch = await expireAudit(maindb, auditDays, BATCH)
    deleted.audit += batch
  } while (batch === BATCH)
  return deleted
}

/**
 * Keeps house now and every hour, and begins the erasure of those who were deleted long enough ago. What one round
 * leaves, the next one finds, in whichever replica: all of it is read off the rows.
 */
export function startHousekeeping({ maindb, logger, environment }: Context): BackgroundTask {
  /** @returns in how many milliseconds to come again. */
  async function goRound(): Promise<number> {
    let waitMs = HOUR_MS
    const step = async (event: string, work: () => Promise<object>) => {
      try {
        logger.info({ event: `${event}.done`, ...(await work()) })
      } catch (error) {
        logger.warn({ event: `${event}.failed`, error })
        waitMs = MINUTE_MS
      }
    }
    await step('housekeeping', () => keepHouse(maindb, environment.AUDIT_DAYS))
    await step('erasures', async () => {
      const begun = await beginErasures(maindb, { olderThanDays: environment.ERASURE_DAYS })
      if (begun.length === ERASURE_BATCH) waitMs = MINUTE_MS
      return { begun: begun.length }
    })
    return waitMs
  }

  return repeat({
    work: goRound,
    everyMs: MINUTE_MS,
    onError: (error) => logger.error({ event: 'housekeeping.failed', error }),
  })
}
