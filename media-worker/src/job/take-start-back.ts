import type { JobStart } from '@likeness/mediasdb'
import { isDatabaseAway } from '@likeness/service-kit'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobContext } from './job-context.ts'
import { takeAttemptBack } from './version-rows.ts'

/** How long a database may be away: less than the minute that a job may stand still beside its render (stages.ts). */
const AWAY_MS = 45_000
const AGAIN_MS = 1_000

/**
 * Takes back a start that came to a controlled end, and waits for a database that is away: what stays counted
 * counts as if its worker had gone away over it. It never throws; a start that stays counted is told in the log.
 *
 * @param aborted ends the waiting
 */
export async function takeStartBack(
  { db, logger }: Pick<JobContext, 'db' | 'logger'>,
  versionId: string,
  start: JobStart,
  aborted: AbortSignal,
): Promise<void> {
  const until = performance.now() + AWAY_MS
  for (;;) {
    try {
      return await takeAttemptBack(db, versionId, start)
    } catch (error) {
      if (!isDatabaseAway(error) || aborted.aborted || performance.now() > until) {
        return logger.warn({ event: 'job.attempt-stays-counted', versionId, error })
      }
      await sleep(AGAIN_MS, undefined, { signal: aborted }).catch(() => undefined)
    }
  }
}
