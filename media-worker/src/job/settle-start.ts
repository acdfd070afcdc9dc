import { setTimeout as sleep } from 'node:timers/promises'

import type { JobStart } from '@likeness/mediasdb'
import { isDatabaseAway } from '@likeness/postgres'

import type { JobContext } from './job-context.ts'
import { noteCrash, takeAttemptBack } from './version-rows.ts'

/** How long a database may be away: less than the minute that a job may stand still beside its render (stages.ts). */
const AWAY_MS = 45_000
const AGAIN_MS = 1_000

/** A counted start of a version, and what ends the waiting for a database that is away. */
interface Settling {
  versionId: string
  start: JobStart
  aborted: AbortSignal
}

type Context = Pick<JobContext, 'mediasdb' | 'logger'>

/** Takes back a start that came to a controlled end. What stays counted counts as if its worker had gone away over it. */
export async function takeStartBack(context: Context, settling: Settling): Promise<void> {
  await settle(context, settling, () => takeAttemptBack(context.mediasdb, settling.versionId, settling.start))
}

/**
 * Notes of a start that its process died over the picture.
 *
 * @returns how many of the version's starts ended so; 0 where it could not be noted
 */
export async function settleCrash(context: Context, settling: Settling): Promise<number> {
  return (await settle(context, settling, () => noteCrash(context.mediasdb, settling.versionId, settling.start))) ?? 0
}

/** Waits for a database that is away. It never throws; what could not be settled is told in the log. */
async function settle<T>(
  { logger }: Context,
  { versionId, aborted }: Settling,
  write: () => Promise<T>,
): Promise<T | undefined> {
  const until = performance.now() + AWAY_MS
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!isDatabaseAway(error) || aborted.aborted || performance.now() > until) {
        logger.warn({ event: 'job.start-not-settled', versionId, error })
        return undefined
      }
      await sleep(AGAIN_MS, undefined, { signal: aborted }).catch(() => undefined)
    }
  }
}
