import { keys } from '@likeness/media-files'
import { fingerprintOf, GivenBackError, PermanentError, TransientError, type JobInHand } from '@likeness/media-jobs'
import { settleCurrentVersion } from '@likeness/mediasdb'
import type { WorkerContext } from './context.ts'
import { RenderCrashError } from './render/render-child.ts'
import { completeVersion, replaceSizes, tellReady, type NewSize } from './ready-rows.ts'
import { isRendered, storeRenditions } from './rendered-sizes.ts'
import { withSourceFile } from './source-file.ts'
import {
  countAttempt,
  lockMedia,
  readVersion,
  takeAttemptBack,
  whileSourceIsDead,
  type VersionToRender,
} from './version-rows.ts'
import type { PictureFacts } from './picture/picture-facts.ts'

/** Starts of one version that ended with its process dead; after them nobody tries again. */
const MOST_CRASHES = 3

/** `done`: rendered; `done-already`: nothing was left to do; `gone`: the media is gone or in the trash. */
export type RenderOutcome = 'done' | 'done-already' | 'gone'

type Job = Pick<JobInHand, 'job' | 'aborted'>

/**
 * The whole job: every size of a version, from its source to its rows. Run once or fifty times, the rows are the same.
 *
 * @throws PermanentError when the picture is at fault, TransientError when something else is, GivenBackError on a stop
 */
export async function renderVersion(context: WorkerContext, { job, aborted }: Job): Promise<RenderOutcome> {
  const release = await context.locks.take(job.versionId)
  if (!release) throw new TransientError('Another worker renders this version', { soon: true })
  try {
    const version = await readVersion(context.db, job)
    if (!version || version.trashed) return 'gone'
    if (version.status === 'failed' || isRendered(version, context.presets)) return 'done-already'
    if (version.attempts >= MOST_CRASHES) throw crashed(version.attempts)
    const attempts = await countAttempt(context.db, version.id)
    if (attempts === null) return 'gone'
    return await endingAttempt(context, version, attempts, () => renderAndKeep(context, version, aborted))
  } finally {
    await release()
  }
}

async function renderAndKeep(
  context: WorkerContext,
  version: VersionToRender,
  aborted: AbortSignal,
): Promise<RenderOutcome> {
  const { store, metrics, pool, presets, limits, drawingTimeoutMs } = context
  const { focalPoint, sha256 } = version
  const timeoutMs = version.format === 'svg' ? drawingTimeoutMs : undefined
  const fingerprints = new Map(presets.map((preset) => [preset.name, fingerprintOf(preset, focalPoint)]))
  const { facts, files } = await withSourceFile(store, version.storeKey, (path) =>
    metrics.timed('render', pool.render({ path, presets, focalPoint, limits }, aborted, timeoutMs)),
  )
  if (aborted.aborted) throw new GivenBackError('The worker stops')
  const sizes = await metrics.timed('store', storeRenditions(store, files, { sha256, fingerprints }))
  const kept = await metrics.timed('commit', keep(context, version, facts, sizes))
  if (!kept) await dropOutputs(context, sha256)
  return kept ? 'done' : 'gone'
}

/** One transaction, under the media's lock: what is gone or in the trash by then does not come back to life. */
function keep(
  { db }: WorkerContext,
  version: VersionToRender,
  facts: PictureFacts,
  sizes: NewSize[],
): Promise<boolean> {
  return db.sequelize.transaction(async (transaction) => {
    if (!(await lockMedia(db, version.mediaId, transaction))) return false
    const wasReady = await completeVersion(db, version.id, facts, transaction)
    if (wasReady === null) return false
    await replaceSizes(db, version.id, sizes, transaction)
    await settleCurrentVersion(db.sequelize, version.mediaId, transaction)
    await tellReady(db, version, { sizes, becameReady: !wasReady }, transaction)
    return true
  })
}

async function dropOutputs({ db, store }: WorkerContext, sha256: string): Promise<void> {
  await whileSourceIsDead(db, sha256, () => store.deletePrefix(keys.renditionPrefix(sha256)))
}

/**
 * Keeps the count of unfinished starts true: one that came to a controlled end is taken back, one whose process died
 * stays counted, and the third of those ends the job.
 */
async function endingAttempt(
  { db, logger }: WorkerContext,
  version: VersionToRender,
  attempts: number,
  work: () => Promise<RenderOutcome>,
): Promise<RenderOutcome> {
  try {
    const outcome = await work()
    if (outcome === 'gone') await takeAttemptBack(db, version.id)
    return outcome
  } catch (error) {
    if (error instanceof RenderCrashError) {
      if (attempts >= MOST_CRASHES) throw crashed(attempts, error)
      throw new TransientError('The process died over the picture', { cause: error, soon: true })
    }
    await takeAttemptBack(db, version.id).catch((fault: unknown) =>
      logger.warn({ event: 'job.attempt-stays-counted', versionId: version.id, error: fault }),
    )
    throw error
  }
}

function crashed(attempts: number, cause?: Error): PermanentError {
  const last = cause ? `; the last time: ${cause.message}` : ''
  return new PermanentError('render-crashed', `The process died over this picture ${attempts} times${last}`)
}
