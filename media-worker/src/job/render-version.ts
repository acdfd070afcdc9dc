import { fingerprintOf, RequeueError, TransientError, type JobDelivery, type RenderJob } from '@likeness/media-jobs'
import { condemnRenditions, deleteCondemnedRenditions, lockSource, settleCurrentVersion } from '@likeness/mediasdb'

import type { PictureFacts } from '../picture/picture-facts.ts'
import { lockSourceUnchanged } from './condemnation-rows.ts'
import { countingStart } from './counted-start.ts'
import type { JobContext } from './job-context.ts'
import { completeVersion, recordReady, replaceSizes, type NewSize } from './ready-rows.ts'
import { deleteRegenerationJob, readRegenerationJob } from './regeneration-rows.ts'
import { storeRenditions } from './rendered-sizes.ts'
import { sizesToDo, type SizesToDo } from './sizes-to-do.ts'
import { openSourceFile } from './source-file.ts'
import { VersionLockedError } from './version-locked.ts'
import { lockMedia, readVersion, type VersionToRender } from './version-rows.ts'

/**
 * `done`: rendered; `done-already`: there was nothing to do; `gone`: the media is deleted or in the trash; `cancelled`:
 * the regeneration is cancelled.
 */
export type RenderOutcome = 'done' | 'done-already' | 'gone' | 'cancelled'

/**
 * No client waits for these transactions. The wait for the lock of the source and the wait for the lock of the media can
 * each take the time limit of a statement. A failure would waste the render.
 */
const KEEP_MS = 30_000

type Delivery = Pick<JobDelivery, 'routingKey' | 'tries' | 'attempts' | 'aborted'> & { job: RenderJob }

/**
 * Runs a job: renders the sizes of a version that are missing or requested, and writes the rows. Idempotent.
 *
 * @throws PermanentError when the picture cannot be rendered, TransientError for other errors, RequeueError on
 *   shutdown
 */
export async function renderVersion(context: JobContext, delivery: Delivery): Promise<RenderOutcome> {
  const { locks, workerMetrics } = context
  const { job, aborted } = delivery
  const release = await workerMetrics.timed('lock', locks.tryAcquire(job.versionId))
  // Another delivery of the job is being processed. This delivery must wait for it only if there is work left.
  if (!release) {
    const remaining = await workerMetrics.timed('read', readRemainingWork(context, job))
    if (remaining.outcome) return ending(context, job, remaining.outcome)
    throw new VersionLockedError()
  }
  try {
    const remaining = await workerMetrics.timed('read', readRemainingWork(context, job))
    if (remaining.outcome) return await ending(context, job, remaining.outcome)
    const { version, toDo } = remaining
    const keepWith = (rendered: Rendered): Promise<'done' | 'gone'> =>
      keepOrDrop(context, job, version, { ...rendered, kept: toDo.kept })
    const rendering = async (): Promise<'done' | 'gone'> =>
      keepWith(await render(context, version, toDo.presets, aborted))
    const isToRender = toDo.presets.length > 0
    const outcome = await (isToRender ? countingStart(context, delivery, version, rendering) : keepWith(nothing))
    return outcome === 'gone' ? await ending(context, job, outcome) : outcome
  } finally {
    await release()
  }
}

/** The outcome if no work is left, otherwise the version and the work. */
type RemainingWork = { outcome: RenderOutcome } | { outcome: null; version: VersionToRender; toDo: SizesToDo }

async function readRemainingWork({ mediasdb, presets }: JobContext, job: RenderJob): Promise<RemainingWork> {
  const [requested, version] = await Promise.all([readRegenerationJob(mediasdb, job), readVersion(mediasdb, job)])
  if (requested.state !== 'open') return { outcome: requested.state === 'done' ? 'done-already' : 'cancelled' }
  if (!version || version.trashed) return { outcome: 'gone' }
  const toDo = sizesToDo(version, presets, requested)
  const isDone = toDo.presets.length === 0 && toDo.kept.length === version.sizes.length
  return version.status === 'failed' || isDone ? { outcome: 'done-already' } : { outcome: null, version, toDo }
}

async function ending<Outcome>({ mediasdb }: JobContext, job: RenderJob, outcome: Outcome): Promise<Outcome> {
  await deleteRegenerationJob(mediasdb, job)
  return outcome
}

interface Rendered {
  /** Null when nothing was rendered, because sizes only had to be deleted. */
  facts: PictureFacts | null
  sizes: NewSize[]
  /** Deletes the note that the renditions are stored and have no rows yet. */
  deleteNote(): Promise<void>
}

const nothing: Rendered = { facts: null, sizes: [], deleteNote: async () => undefined }

async function render(
  context: JobContext,
  version: VersionToRender,
  presets: SizesToDo['presets'],
  aborted: AbortSignal,
): Promise<Rendered> {
  const { store, workerMetrics, pool, limits, drawingCpuMs, onRendered } = context
  const { focalPoint, sha256 } = version
  // Delete the condemned renditions first: new renditions can have the same keys.
  if (version.hasCondemned) await deleteCondemned(context, version)
  const cpuMs = version.format === 'svg' ? drawingCpuMs : undefined
  const fingerprints = new Map(presets.map((preset) => [preset.name, fingerprintOf(preset, focalPoint)]))
  const source = await workerMetrics.timed('source', openSourceFile(store, version.storeKey))
  const request = { path: source.path, presets, focalPoint, limits }
  const { facts, files } = await workerMetrics
    .timed('render', pool.render(request, aborted, cpuMs))
    .finally(() => source.close())
  onRendered()
  if (aborted.aborted) throw new RequeueError('The worker is stopping')
  workerMetrics.countSource({ pixels: facts.width * facts.height * facts.pages, bytes: version.bytes })
  const deleteNote = await store.noteRenditions(sha256)
  const sizes = await workerMetrics.timed('store', storeRenditions(store, files, { sha256, fingerprints }))
  workerMetrics.countRenditions(files.reduce((sum, { bytes }) => sum + bytes.length, 0))
  return { facts, sizes, deleteNote }
}

/** The new sizes of a version: the rendered ones and the kept ones. */
type Outputs = Rendered & Pick<SizesToDo, 'kept'>

async function keepOrDrop(
  context: JobContext,
  job: RenderJob,
  version: VersionToRender,
  outputs: Outputs,
): Promise<'done' | 'gone'> {
  const isKept = await context.workerMetrics.timed('commit', keep(context, job, version, outputs))
  if (!isKept) await dropOutputs(context, version, outputs.sizes)
  // If this fails, or if an error above leaves the note, medias-service looks for renditions without rows.
  await outputs
    .deleteNote()
    .catch((error: unknown) => context.logger.warn({ event: 'renditions.note-left', versionId: version.id, error }))
  return isKept ? 'done' : 'gone'
}

/**
 * Writes the rows in one transaction. It locks the source and the media, so that it cannot restore a deleted or trashed
 * media. It condemns the renditions that no size references any more. They are deleted after the commit, because clients
 * receive them until then.
 */
async function keep(
  context: JobContext,
  job: RenderJob,
  version: VersionToRender,
  { facts, sizes, kept }: Outputs,
): Promise<boolean> {
  const { mediasdb, logger } = context
  let condemned = 0
  const isKept = await mediasdb.transaction(
    async (unit) => {
      if (!(await lockSourceUnchanged(unit, version))) {
        throw new TransientError('Stored sizes of the same file were deleted during the rendering.', { soon: true })
      }
      if (!(await lockMedia(unit, version.mediaId))) return false
      const wasReady = facts === null || (await completeVersion(unit, version.id, facts))
      if (wasReady === null) return false
      const before = await replaceSizes(unit, version.id, { sizes, kept })
      condemned = await condemnRenditions(unit, version.sha256, before)
      // Rendering a ready version again changes neither the current version nor the media.
      if (!wasReady) await settleCurrentVersion(unit, version.mediaId)
      await recordReady(unit, version, { sizes, becameReady: !wasReady })
      await deleteRegenerationJob(unit, job)
      return true
    },
    { limitMs: KEEP_MS },
  )
  if (isKept && condemned > 0) {
    await deleteCondemned(context, version).catch((error: unknown) =>
      logger.warn({ event: 'renditions.left-condemned', versionId: version.id, error }),
    )
  }
  return isKept
}

/** Deletes the new renditions of a media that was deleted or trashed, unless a media with the same bytes uses them. */
async function dropOutputs(context: JobContext, version: VersionToRender, sizes: NewSize[]): Promise<void> {
  const { sha256 } = version
  const storeKeys = sizes.map(({ storeKey }) => storeKey)
  await context.mediasdb.transaction(
    async (unit) => {
      await lockSource(unit, sha256)
      await condemnRenditions(unit, sha256, storeKeys)
    },
    { limitMs: KEEP_MS },
  )
  await deleteCondemned(context, version)
}

async function deleteCondemned({ mediasdb, store }: JobContext, { sha256 }: VersionToRender): Promise<void> {
  await deleteCondemnedRenditions(mediasdb, sha256, (storeKey) => store.delete(storeKey))
}
