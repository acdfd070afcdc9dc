import { setTimeout as sleep } from 'node:timers/promises'

import type { JobStart } from '@likeness/mediasdb'
import { isDatabaseUnavailable } from '@likeness/postgres'

import type { JobContext } from './job-context.ts'
import { recordCrash, revertAttempt } from './version-rows.ts'

/** How long to wait for an unavailable database: less than the minute after which a job counts as stuck (stages.ts). */
const UNAVAILABLE_MS = 45_000
const RETRY_MS = 1_000

/** A counted start of a version, and the signal that ends the waiting for an unavailable database. */
interface Settling {
  versionId: string
  start: JobStart
  aborted: AbortSignal
}

type Context = Pick<JobContext, 'mediasdb' | 'logger'>

/** Reverts the count of a start after a controlled end. If this fails, the start counts as if its worker had died. */
export async function revertStart(context: Context, settling: Settling): Promise<void> {
  await settle(context, settling, () => revertAttempt(context.mediasdb, settling.versionId, settling.start))
}

/**
 * Records that the render process of a start crashed.
 *
 * @returns the number of the version's starts that crashed; 0 when the crash could not be recorded
 */
export async function settleCrash(context: Context, settling: Settling): Promise<number> {
  return (await settle(context, settling, () => recordCrash(context.mediasdb, settling.versionId, settling.start))) ?? 0
}

/** Retries while the database is unavailable. Never throws; a failure is logged. */
async function settle<T>(
  { logger }: Context,
  { versionId, aborted }: Settling,
  write: () => Promise<T>,
): Promise<T | undefined> {
  const until = performance.now() + UNAVAILABLE_MS
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!isDatabaseUnavailable(error) || aborted.aborted || performance.now() > until) {
        logger.warn({ event: 'job.start-not-settled', versionId, error })
        return undefined
      }
      await sleep(RETRY_MS, undefined, { signal: aborted }).catch(() => undefined)
    }
  }
}
