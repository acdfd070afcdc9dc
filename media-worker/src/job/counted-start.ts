import { PermanentError, TransientError, type JobAttempt, type JobInHand } from '@likeness/media-jobs'
import type { JobStart } from '@likeness/mediasdb'

import { RenderCrashError } from '../render/render-child.ts'
import type { JobContext } from './job-context.ts'
import { lostStarts } from './lost-starts.ts'
import { settleCrash, takeStartBack } from './settle-start.ts'
import { countAttempt, crashesIn, type VersionToRender } from './version-rows.ts'

/** Starts of one version that ended with its process dead; after them nobody tries again. */
const MOST_CRASHES = 3

/**
 * Starts of one version that came to no end at all, crashes among them. A worker that goes away is hardly ever the
 * picture's doing, for the picture lies in a process of its own, which the kernel ends first: an unlucky picture must not
 * fail by three deployments. But a picture that brings down whole machines has to end too.
 */
const MOST_UNFINISHED = 10

type Job = Pick<JobInHand, 'routingKey' | 'tries' | 'attempts' | 'aborted'>

/**
 * Does a job's work as a counted start of its version, and keeps the count true: committed before the work begins, taken
 * back when it came to a controlled end. One that its process died over stays counted, as does one whose worker died.
 *
 * @returns what the work returns; `gone` when the version is
 * @throws PermanentError `render-crashed` or `render-timeout` when there were too many of those, or what the work throws
 */
export async function countingStart(
  context: JobContext,
  { routingKey, tries, attempts: told, aborted }: Job,
  version: VersionToRender,
  work: () => Promise<'done' | 'gone'>,
): Promise<'done' | 'gone'> {
  const { mediasdb, logger, workerMetrics, name } = context
  const lost = lostStarts(version.starts, told)
  const crashes = crashesIn(version.starts)
  if (crashes >= MOST_CRASHES) throw crashed(crashes, lost)
  if (version.attempts >= MOST_UNFINISHED) throw abandoned(version.attempts, lost)
  const start: JobStart = { worker: name, startedAt: new Date().toISOString() }
  const settling = { versionId: version.id, start, aborted }
  const takeBack = (): Promise<void> => takeStartBack(context, settling)
  const counting = countAttempt(mediasdb, version.id, start, tries + lost.length + 1)
  const counted = await workerMetrics.timed('start', counting).catch(async (error: unknown) => {
    // Of a connection that was lost nobody knows whether it was counted.
    await takeBack()
    throw error
  })
  if (!counted) return 'gone'
  if (version.status === 'queued') workerMetrics.sawAge(routingKey, counted.ageSeconds)
  try {
    const outcome = await work()
    if (outcome === 'gone') await takeBack()
    return outcome
  } catch (error) {
    if (!(error instanceof RenderCrashError)) {
      await takeBack()
      throw error
    }
    const { message: reason, cause: said } = error
    logger.warn({ event: 'job.crashed', versionId: version.id, crashes: crashes + 1, reason, said })
    const noted = await settleCrash(context, settling)
    if (noted >= MOST_CRASHES) throw crashed(noted, lost, error)
    throw new TransientError('The process died over the picture', { cause: error, soon: true })
  }
}

function crashed(crashes: number, earlier: JobAttempt[], cause?: RenderCrashError): PermanentError {
  const last = cause ? `; the last time: ${cause.message}` : ''
  const code = cause?.code ?? 'render-crashed'
  return new PermanentError(code, `The process died over this picture ${crashes} times${last}`, { earlier })
}

function abandoned(starts: number, earlier: JobAttempt[]): PermanentError {
  const reason = `${starts} starts came to no end, most of them as their workers went away`
  return new PermanentError('render-crashed', reason, { earlier })
}
