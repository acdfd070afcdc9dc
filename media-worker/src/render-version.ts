import { keys } from '@likeness/media-files'
import {
  fingerprintOf,
  GivenBackError,
  PermanentError,
  TransientError,
  type JobAttempt,
  type JobInHand,
} from '@likeness/media-jobs'
import { settleCurrentVersion, type JobStart } from '@likeness/mediasdb'
import type { JobContext } from './job-context.ts'
import { lostStarts } from './lost-starts.ts'
import { RenderCrashError } from './render/render-child.ts'
import { completeVersion, replaceSizes, tellReady, type NewSize } from './ready-rows.ts'
import { isRendered, storeRenditions } from './rendered-sizes.ts'
import { openSourceFile } from './source-file.ts'
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

type Job = Pick<JobInHand, 'job' | 'routingKey' | 'tries' | 'attempts' | 'aborted'>

/**
 * The whole job: every size of a version, from its source to its rows. Run once or fifty times, the rows are the same.
 *
 * @throws PermanentError when the picture is at fault, TransientError when something else is, GivenBackError on a stop
 */
export async function renderVersion(context: JobContext, inHand: Job): Promise<RenderOutcome> {
  const { db, locks, metrics, presets } = context
  const { job } = inHand
  const release = await metrics.timed('lock', locks.take(job.versionId))
  if (!release) throw new TransientError('Another worker renders this version', { soon: true })
  try {
    const version = await metrics.timed('read', readVersion(db, job))
    if (!version || version.trashed) return 'gone'
    if (version.status === 'failed' || isRendered(version, presets)) return 'done-already'
    return await attempting(context, inHand, version, () => renderAndKeep(context, version, inHand.aborted))
  } finally {
    await release()
  }
}

async function renderAndKeep(
  context: JobContext,
  version: VersionToRender,
  aborted: AbortSignal,
): Promise<RenderOutcome> {
  const { store, metrics, pool, presets, limits, drawingTimeoutMs, onRendered } = context
  const { focalPoint, sha256 } = version
  const timeoutMs = version.format === 'svg' ? drawingTimeoutMs : undefined
  const fingerprints = new Map(presets.map((preset) => [preset.name, fingerprintOf(preset, focalPoint)]))
  const source = await metrics.timed('source', openSourceFile(store, version.storeKey))
  const request = { path: source.path, presets, focalPoint, limits }
  const { facts, files } = await metrics
    .timed('render', pool.render(request, aborted, timeoutMs))
    .finally(() => source.close())
  onRendered()
  if (aborted.aborted) throw new GivenBackError('The worker stops')
  metrics.sawSource({ pixels: facts.width * facts.height * facts.pages, bytes: version.bytes })
  const sizes = await metrics.timed('store', storeRenditions(store, files, { sha256, fingerprints }))
  metrics.sawRenditions(files.reduce((sum, { bytes }) => sum + bytes.length, 0))
  const kept = await metrics.timed('commit', keep(context, version, facts, sizes))
  if (!kept) await dropOutputs(context, sha256)
  return kept ? 'done' : 'gone'
}

/** One transaction, under the media's lock: what is gone or in the trash by then does not come back to life. */
function keep({ db }: JobContext, version: VersionToRender, facts: PictureFacts, sizes: NewSize[]): Promise<boolean> {
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

async function dropOutputs({ db, store }: JobContext, sha256: string): Promise<void> {
  await whileSourceIsDead(db, sha256, () => store.deletePrefix(keys.renditionPrefix(sha256)))
}

/**
 * Keeps the count of unfinished starts true, committed before the work begins: one that came to a controlled end is
 * taken back, one whose process died stays counted, and the third of those ends the job.
 */
async function attempting(
  { db, logger, metrics, name }: JobContext,
  { routingKey, tries, attempts: told }: Job,
  version: VersionToRender,
  work: () => Promise<RenderOutcome>,
): Promise<RenderOutcome> {
  const lost = lostStarts(version.starts, told)
  if (version.attempts >= MOST_CRASHES) throw crashed(version.attempts, lost)
  const start: JobStart = { worker: name, startedAt: new Date().toISOString() }
  const counted = await metrics.timed('start', countAttempt(db, version.id, start, tries + lost.length + 1))
  if (counted === null) return 'gone'
  if (version.status === 'queued') metrics.sawAge(routingKey, counted.ageSeconds)
  try {
    const outcome = await work()
    if (outcome === 'gone') await takeAttemptBack(db, version.id, start)
    return outcome
  } catch (error) {
    if (error instanceof RenderCrashError) {
      const { message: reason, cause: said } = error
      logger.warn({ event: 'job.crashed', versionId: version.id, attempts: counted.attempts, reason, said })
      if (counted.attempts >= MOST_CRASHES) throw crashed(counted.attempts, lost, error)
      throw new TransientError('The process died over the picture', { cause: error, soon: true })
    }
    await takeAttemptBack(db, version.id, start).catch((fault: unknown) =>
      logger.warn({ event: 'job.attempt-stays-counted', versionId: version.id, error: fault }),
    )
    throw error
  }
}

function crashed(attempts: number, earlier: JobAttempt[], cause?: Error): PermanentError {
  const last = cause ? `; the last time: ${cause.message}` : ''
  return new PermanentError('render-crashed', `The process died over this picture ${attempts} times${last}`, {
    earlier,
  })
}
