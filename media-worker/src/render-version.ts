import {
  fingerprintOf,
  GivenBackError,
  PermanentError,
  TransientError,
  type JobAttempt,
  type JobInHand,
  type RenderJob,
} from '@likeness/media-jobs'
import { deleteCondemnedRenditions, lockSource, settleCurrentVersion, type JobStart } from '@likeness/mediasdb'
import { condemnUnnamed, holdSource } from './condemnation-rows.ts'
import type { JobContext } from './job-context.ts'
import { lostStarts } from './lost-starts.ts'
import type { PictureFacts } from './picture/picture-facts.ts'
import { endDemand, readDemand } from './regeneration-rows.ts'
import { RenderCrashError } from './render/render-child.ts'
import { completeVersion, replaceSizes, tellReady, type NewSize } from './ready-rows.ts'
import { storeRenditions } from './rendered-sizes.ts'
import { sizesToDo, type SizesToDo } from './sizes-to-do.ts'
import { openSourceFile } from './source-file.ts'
import { takeStartBack } from './take-start-back.ts'
import { countAttempt, lockMedia, readVersion, type VersionToRender } from './version-rows.ts'

/** Starts of one version that ended with its process dead; after them nobody tries again. */
const MOST_CRASHES = 3

/**
 * `done`: rendered; `done-already`: nothing was left to do; `gone`: the media is gone or in the trash; `cancelled`: its
 * regeneration is.
 */
export type RenderOutcome = 'done' | 'done-already' | 'gone' | 'cancelled'

type Job = Pick<JobInHand, 'job' | 'routingKey' | 'tries' | 'attempts' | 'aborted'>

/**
 * The whole job: every size of a version, from its source to its rows. Run once or fifty times, the rows are the same.
 *
 * @throws PermanentError when the picture is at fault, TransientError when something else is, GivenBackError on a stop
 */
export async function renderVersion(context: JobContext, inHand: Job): Promise<RenderOutcome> {
  const { db, locks, metrics, presets } = context
  const { job, aborted } = inHand
  const release = await metrics.timed('lock', locks.take(job.versionId))
  if (!release) throw new TransientError('Another worker renders this version', { soon: true })
  try {
    const [demand, version] = await metrics.timed('read', Promise.all([readDemand(db, job), readVersion(db, job)]))
    if (demand.state !== 'open') return demand.state === 'over' ? 'done-already' : 'cancelled'
    if (!version || version.trashed) return await ending(context, job, 'gone')
    const toDo = sizesToDo(version, presets, demand)
    const isDone = toDo.presets.length === 0 && toDo.kept.length === version.sizes.length
    if (version.status === 'failed' || isDone) return await ending(context, job, 'done-already')
    if (toDo.presets.length === 0) return await keepOrDrop(context, job, version, { ...nothing, kept: toDo.kept })
    return await attempting(context, inHand, version, async () => {
      const rendered = await render(context, version, toDo.presets, aborted)
      return keepOrDrop(context, job, version, { ...rendered, kept: toDo.kept })
    })
  } finally {
    await release()
  }
}

async function ending<Outcome>({ db }: JobContext, job: RenderJob, outcome: Outcome): Promise<Outcome> {
  await endDemand(db, job)
  return outcome
}

interface Rendered {
  /** Null when nothing was rendered, because sizes only had to go. */
  facts: PictureFacts | null
  sizes: NewSize[]
}

const nothing: Rendered = { facts: null, sizes: [] }

async function render(
  context: JobContext,
  version: VersionToRender,
  presets: SizesToDo['presets'],
  aborted: AbortSignal,
): Promise<Rendered> {
  const { store, metrics, pool, limits, drawingTimeoutMs, onRendered } = context
  const { focalPoint, sha256 } = version
  // What is stored from here on must not be taken for what was condemned before.
  if (version.hasCondemned) await deleteCondemned(context, version)
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
  return { facts, sizes }
}

/** What a version is to have from now on: what was rendered, and what stays of before. */
type Outputs = Rendered & Pick<SizesToDo, 'kept'>

async function keepOrDrop(
  context: JobContext,
  job: RenderJob,
  version: VersionToRender,
  outputs: Outputs,
): Promise<RenderOutcome> {
  if (await context.metrics.timed('commit', keep(context, job, version, outputs))) return 'done'
  await dropOutputs(context, version, outputs.sizes)
  return ending(context, job, 'gone')
}

/**
 * One transaction, under the source's and the media's lock: what is gone or in the trash by then does not come back to
 * life. Renditions that it leaves without a size are condemned by it, and deleted after it: until the commit clients are
 * served the old ones.
 */
async function keep(
  context: JobContext,
  job: RenderJob,
  version: VersionToRender,
  { facts, sizes, kept }: Outputs,
): Promise<boolean> {
  const { db, logger } = context
  let condemned = 0
  const isKept = await db.sequelize.transaction(async (transaction) => {
    if (!(await holdSource(db, version, transaction))) {
      throw new TransientError('Renditions of the source were condemned meanwhile', { soon: true })
    }
    if (!(await lockMedia(db, version.mediaId, transaction))) return false
    const wasReady = facts === null || (await completeVersion(db, version.id, facts, transaction))
    if (wasReady === null) return false
    const before = await replaceSizes(db, version.id, { sizes, kept }, transaction)
    condemned = await condemnUnnamed(db, version.sha256, before, transaction)
    // Which version is current does not change by rendering a ready one anew, nor does anything else of the media.
    if (!wasReady) await settleCurrentVersion(db.sequelize, version.mediaId, transaction)
    await tellReady(db, version, { sizes, becameReady: !wasReady }, transaction)
    await endDemand(db, job, transaction)
    return true
  })
  if (isKept && condemned > 0) {
    await deleteCondemned(context, version).catch((error: unknown) =>
      logger.warn({ event: 'renditions.left-condemned', versionId: version.id, error }),
    )
  }
  return isKept
}

/** What was stored for a media that went meanwhile goes too, unless another media with the same bytes names it. */
async function dropOutputs(context: JobContext, version: VersionToRender, sizes: NewSize[]): Promise<void> {
  const { db } = context
  const { sha256 } = version
  const storeKeys = sizes.map(({ storeKey }) => storeKey)
  await db.sequelize.transaction(async (transaction) => {
    await lockSource(db.sequelize, sha256, transaction)
    await condemnUnnamed(db, sha256, storeKeys, transaction)
  })
  await deleteCondemned(context, version)
}

async function deleteCondemned({ db, store }: JobContext, { sha256 }: VersionToRender): Promise<void> {
  await deleteCondemnedRenditions(db, sha256, (storeKey) => store.delete(storeKey))
}

/**
 * Keeps the count of unfinished starts true, committed before the work begins: one that came to a controlled end is
 * taken back, one whose process died stays counted, and the third of those ends the job.
 */
async function attempting(
  context: JobContext,
  { job, routingKey, tries, attempts: told, aborted }: Job,
  version: VersionToRender,
  work: () => Promise<RenderOutcome>,
): Promise<RenderOutcome> {
  const { db, logger, metrics, name } = context
  const lost = lostStarts(version.starts, told)
  if (version.attempts >= MOST_CRASHES) throw crashed(version.attempts, lost)
  const start: JobStart = { worker: name, startedAt: new Date().toISOString() }
  const takeBack = (): Promise<void> => takeStartBack(context, version.id, start, aborted)
  const counting = countAttempt(db, version.id, start, tries + lost.length + 1)
  const counted = await metrics.timed('start', counting).catch(async (error: unknown) => {
    // Of a connection that was lost nobody knows whether it was counted.
    await takeBack()
    throw error
  })
  if (counted === null) return ending(context, job, 'gone')
  if (version.status === 'queued') metrics.sawAge(routingKey, counted.ageSeconds)
  try {
    const outcome = await work()
    if (outcome === 'gone') await takeBack()
    return outcome
  } catch (error) {
    if (error instanceof RenderCrashError) {
      const { message: reason, cause: said } = error
      logger.warn({ event: 'job.crashed', versionId: version.id, attempts: counted.attempts, reason, said })
      if (counted.attempts >= MOST_CRASHES) throw crashed(counted.attempts, lost, error)
      throw new TransientError('The process died over the picture', { cause: error, soon: true })
    }
    await takeBack()
    throw error
  }
}

function crashed(attempts: number, earlier: JobAttempt[], cause?: RenderCrashError): PermanentError {
  const last = cause ? `; the last time: ${cause.message}` : ''
  return new PermanentError(
    cause?.code ?? 'render-crashed',
    `The process died over this picture ${attempts} times${last}`,
    {
      earlier,
    },
  )
}
