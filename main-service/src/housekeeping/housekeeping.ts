import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { beginErasures, ERASURE_BATCH } from '../erasure/begin-erasures.ts'
import { deleteExpiredRows } from './delete-expired-rows.ts'

const HOUR_MS = 3_600_000
/** The delay after a run that failed, or that left users for the next batch. */
const MINUTE_MS = 60_000

/** Deletes expired rows now and every hour, and begins the erasure of users who were deleted long enough ago. */
export function startHousekeeping({ maindb, logger, environment }: Context): BackgroundTask {
  /** @returns milliseconds until the next run. */
  async function runOnce(): Promise<number> {
    let waitMs = HOUR_MS
    const step = async (event: string, work: () => Promise<object>) => {
      try {
        logger.info({ event: `${event}.done`, ...(await work()) })
      } catch (error) {
        logger.warn({ event: `${event}.failed`, error })
        waitMs = MINUTE_MS
      }
    }
    await step('housekeeping', () => deleteExpiredRows(maindb, environment.AUDIT_DAYS))
    await step('erasures', async () => {
      const begun = await beginErasures(maindb, { olderThanDays: environment.ERASURE_DAYS })
      if (begun.length === ERASURE_BATCH) waitMs = MINUTE_MS
      return { begun: begun.length }
    })
    return waitMs
  }

  return repeat({
    work: runOnce,
    everyMs: MINUTE_MS,
    onError: (error) => logger.error({ event: 'housekeeping.failed', error }),
  })
}
