import { PermanentError, TransientError, type JobAttempt, type JobDelivery } from '@likeness/media-jobs'
import type { JobStart } from '@likeness/mediasdb'

import { RenderCrashError } from '../render/render-child.ts'
import type { JobContext } from './job-context.ts'
import { CRASHED, lostStarts } from './lost-starts.ts'
import { revertStart, settleCrash } from './settle-start.ts'
import { countAttempt, crashesIn, type VersionToRender } from './version-rows.ts'

/** Maximum number of a version's starts that end with a crash of the render process. Then the job is dead. */
const MAX_CRASHES = 3

/**
 * Maximum number of a version's unfinished starts, crashes included. A picture is rarely the reason that a worker dies: it
 * is decoded in a separate process, which the kernel kills first. So three deployments must not fail a picture. But a
 * picture that crashes whole machines must fail eventually.
 */
const MAX_UNFINISHED = 10

type Job = Pick<JobDelivery, 'routingKey' | 'tries' | 'attempts' | 'aborted'>

/**
 * Runs a job's work as a counted start of its version. The count is committed before the work begins and reverted after a
 * controlled end. A start stays counted when its render process or its worker dies.
 *
 * @returns the result of the work; `gone` when the version is deleted
 * @throws PermanentError `render-crashed` after too many crashes or unfinished starts, and the errors
 *   of the work
 */
export async function countingStart(
  context: JobContext,
  { routingKey, tries, attempts, aborted }: Job,
  version: VersionToRender,
  work: () => Promise<'done' | 'gone'>,
): Promise<'done' | 'gone'> {
  const { mediasdb, logger, workerMetrics, name } = context
  const lost = lostStarts(version.starts, attempts)
  const crashes = crashesIn(version.starts)
  if (crashes >= MAX_CRASHES) throw crashed(crashes, lost)
  if (version.attempts >= MAX_UNFINISHED) throw abandoned(version.attempts, lost)
  const start: JobStart = { worker: name, startedAt: new Date().toISOString() }
  const settling = { versionId: version.id, start, aborted }
  const revert = (): Promise<void> => revertStart(context, settling)
  const counting = countAttempt(mediasdb, version.id, start, tries + lost.length + 1)
  const counted = await workerMetrics.timed('start', counting).catch(async (error: unknown) => {
    // After a lost connection it is unknown whether the start was counted.
    await revert()
    throw error
  })
  if (!counted) return 'gone'
  if (version.status === 'queued') workerMetrics.observeAge(routingKey, counted.ageSeconds)
  try {
    const outcome = await work()
    if (outcome === 'gone') await revert()
    return outcome
  } catch (error) {
    if (!(error instanceof RenderCrashError)) {
      await revert()
      throw error
    }
    const { message: reason, cause: output } = error
    logger.warn({ event: 'job.crashed', versionId: version.id, crashes: crashes + 1, reason, output })
    const recorded = await settleCrash(context, settling)
    if (recorded >= MAX_CRASHES) throw crashed(recorded, lost, error)
    throw new TransientError(CRASHED, { cause: error, soon: true })
  }
}

function crashed(crashes: number, earlier: JobAttempt[], cause?: RenderCrashError): PermanentError {
  const last = cause ? ` Last error: ${cause.message}` : ''
  return new PermanentError('render-crashed', `The render process crashed or was stopped ${crashes} times.${last}`, {
    earlier,
  })
}

function abandoned(starts: number, earlier: JobAttempt[]): PermanentError {
  const reason = `The rendering was started ${starts} times and never finished, usually because the worker ended unexpectedly.`
  return new PermanentError('render-crashed', reason, { earlier })
}
