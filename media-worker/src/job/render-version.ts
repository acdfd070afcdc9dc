import { fingerprintOf, RequeueError, TransientError, type JobDelivery, type RenderJob } from '@likeness/media-jobs'
import { deleteCondemnedRenditions, lockSource, settleCurrentVersion } from '@likeness/mediasdb'

import type { PictureFacts } from '../picture/picture-facts.ts'
import { condemnUnnamed, holdSource } from './condemnation-rows.ts'
import { countingStart } from './counted-start.ts'
import type { JobContext } from './job-context.ts'
import { completeVersion, recordReady, replaceSizes, type NewSize } from './ready-rows.ts'
import { deleteRegenerationJob, readRegenerationJob } from './regeneration-rows.ts'
import { storeRenditions } from './rendered-sizes.ts'
import { sizesToDo, type SizesToDo } from './sizes-to-do.ts'
import { openSourceFile } from './source-file.ts'
import { TakenElsewhereError } from './taken-elsewhere.ts'
import { lockMedia, readVersion, type VersionToRender } from './version-rows.ts'

/**
 * `done`: rendered; `done-already`: there was nothing to do; `gone`: the media is deleted or in the trash; `cancelled`:
 * the regeneration is cancelled.
 */
export type RenderOutcome = 'done' | 'done-already' | 'gone' | 'cancelled'

/**
 * No client waits for these transactions. Waiting for the locks of the source and of the media may take as long as two
 * statements may, and a failure would waste the render.
 */
const KEEP_MS = 30_000

type Job = Pick<JobDelivery, 'job' | 'routingKey' | 'tries' | 'attempts' | 'aborted'>

/**
 * The whole job: renders every size of a version and writes its rows. Idempotent.
 *
 * @throws PermanentError when the picture cannot be rendered, TransientError for other errors, RequeueError on
 *   shutdown
 */
export async function renderVersion(context: JobContext, delivery: Job): Promise<RenderOutcome> {
  const { locks, workerMetrics } = context
  const { job, aborted } = delivery
  const release = await workerMetrics.timed('lock', locks.take(job.versionId))
  // Another delivery of the job is being processed. If nothing is left to do, this one need not wait for it.
  if (!release) {
    const left = await workerMetrics.timed('read', readWhatIsLeft(context, job))
    if (left.outcome) return ending(context, job, left.outcome)
    throw new TakenElsewhereError()
  }
  try {
    const left = await workerMetrics.timed('read', readWhatIsLeft(context, job))
    if (left.outcome) return await ending(context, job, left.outcome)
    const { version, toDo } = left
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

/** The outcome if there is nothing to do, otherwise the version and its work. */
type WhatIsLeft = { outcome: RenderOutcome } | { outcome: null; version: VersionToRender; toDo: SizesToDo }

async function readWhatIsLeft({ mediasdb, presets }: JobContext, job: RenderJob): Promise<WhatIsLeft> {
  const [requested, version] = await Promise.all([readRegenerationJob(mediasdb, job), readVersion(mediasdb, job)])
  if (requested.state !== 'open') return { outcome: requested.state === 'over' ? 'done-already' : 'cancelled' }
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
}

const nothing: Rendered = { facts: null, sizes: [] }

async function render(
  context: JobContext,
  version: VersionToRender,
  presets: SizesToDo['presets'],
  aborted: AbortSignal,
): Promise<Rendered> {
  const { store, workerMetrics, pool, limits, drawingTimeoutMs, onRendered } = context
  const { focalPoint, sha256 } = version
  // Delete them first, so that new renditions with the same keys are not deleted as condemned ones.
  if (version.hasCondemned) await deleteCondemned(context, version)
  const timeoutMs = version.format === 'svg' ? drawingTimeoutMs : undefined
  const fingerprints = new Map(presets.map((preset) => [preset.name, fingerprintOf(preset, focalPoint)]))
  const source = await workerMetrics.timed('source', openSourceFile(store, version.storeKey))
  const request = { path: source.path, presets, focalPoint, limits }
  const { facts, files } = await workerMetrics
    .timed('render', pool.render(request, aborted, timeoutMs))
    .finally(() => source.close())
  onRendered()
  if (aborted.aborted) throw new RequeueError('The worker is stopping')
  workerMetrics.sawSource({ pixels: facts.width * facts.height * facts.pages, bytes: version.bytes })
  const sizes = await workerMetrics.timed('store', storeRenditions(store, files, { sha256, fingerprints }))
  workerMetrics.sawRenditions(files.reduce((sum, { bytes }) => sum + bytes.length, 0))
  return { facts, sizes }
}

/** The new sizes of a version: the rendered ones and the kept ones. */
type Outputs = Rendered & Pick<SizesToDo, 'kept'>

async function keepOrDrop(
  context: JobContext,
  job: RenderJob,
  version: VersionToRender,
  outputs: Outputs,
): Promise<'done' | 'gone'> {
  if (await context.workerMetrics.timed('commit', keep(context, job, version, outputs))) return 'done'
  await dropOutputs(context, version, outputs.sizes)
  return 'gone'
}

/**
 * Writes the rows in one transaction that locks the source and the media, so that a deleted or trashed media is not
 * revived. Renditions that lose their last size are condemned in it and deleted after the commit: until then clients
 * are served the old ones.
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
      if (!(await holdSource(unit, version))) {
        throw new TransientError('Renditions of the source were condemned during the render', { soon: true })
      }
      if (!(await lockMedia(unit, version.mediaId))) return false
      const wasReady = facts === null || (await completeVersion(unit, version.id, facts))
      if (wasReady === null) return false
      const before = await replaceSizes(unit, version.id, { sizes, kept })
      condemned = await condemnUnnamed(unit, version.sha256, before)
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

/** Deletes the renditions of a media that was deleted meanwhile, unless another media with the same bytes uses them. */
async function dropOutputs(context: JobContext, version: VersionToRender, sizes: NewSize[]): Promise<void> {
  const { sha256 } = version
  const storeKeys = sizes.map(({ storeKey }) => storeKey)
  await context.mediasdb.transaction(
    async (unit) => {
      await lockSource(unit, sha256)
      await condemnUnnamed(unit, sha256, storeKeys)
    },
    { limitMs: KEEP_MS },
  )
  await deleteCondemned(context, version)
}

async function deleteCondemned({ mediasdb, store }: JobContext, { sha256 }: VersionToRender): Promise<void> {
  await deleteCondemnedRenditions(mediasdb, sha256, (storeKey) => store.delete(storeKey))
}
