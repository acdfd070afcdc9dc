import { fingerprintOf, GivenBackError, TransientError, type JobInHand, type RenderJob } from '@likeness/media-jobs'
import { deleteCondemnedRenditions, lockSource, settleCurrentVersion } from '@likeness/mediasdb'

import type { PictureFacts } from '../picture/picture-facts.ts'
import { condemnUnnamed, holdSource } from './condemnation-rows.ts'
import { countingStart } from './counted-start.ts'
import type { JobContext } from './job-context.ts'
import { completeVersion, recordReady, replaceSizes, type NewSize } from './ready-rows.ts'
import { endDemand, readDemand } from './regeneration-rows.ts'
import { storeRenditions } from './rendered-sizes.ts'
import { sizesToDo, type SizesToDo } from './sizes-to-do.ts'
import { openSourceFile } from './source-file.ts'
import { TakenElsewhereError } from './taken-elsewhere.ts'
import { lockMedia, readVersion, type VersionToRender } from './version-rows.ts'

/**
 * `done`: rendered; `done-already`: nothing was left to do; `gone`: the media is gone or in the trash; `cancelled`: its
 * regeneration is.
 */
export type RenderOutcome = 'done' | 'done-already' | 'gone' | 'cancelled'

/**
 * No client waits for these transactions. The locks of the source and of the media may each take as long as a statement
 * may, and giving up would waste the render.
 */
const KEEP_MS = 30_000

type Job = Pick<JobInHand, 'job' | 'routingKey' | 'tries' | 'attempts' | 'aborted'>

/**
 * The whole job: every size of a version, from its source to its rows. Run once or fifty times, the rows are the same.
 *
 * @throws PermanentError when the picture is at fault, TransientError when something else is, GivenBackError on a stop
 */
export async function renderVersion(context: JobContext, inHand: Job): Promise<RenderOutcome> {
  const { locks, workerMetrics } = context
  const { job, aborted } = inHand
  const release = await workerMetrics.timed('lock', locks.take(job.versionId))
  // Of many deliveries of one job all but one come here: those that come when it is done need not wait for their turn.
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
    const outcome = await (isToRender ? countingStart(context, inHand, version, rendering) : keepWith(nothing))
    return outcome === 'gone' ? await ending(context, job, outcome) : outcome
  } finally {
    await release()
  }
}

/** How a job ends without any work, or what it has to work on. */
type WhatIsLeft = { outcome: RenderOutcome } | { outcome: null; version: VersionToRender; toDo: SizesToDo }

async function readWhatIsLeft({ mediasdb, presets }: JobContext, job: RenderJob): Promise<WhatIsLeft> {
  const [demand, version] = await Promise.all([readDemand(mediasdb, job), readVersion(mediasdb, job)])
  if (demand.state !== 'open') return { outcome: demand.state === 'over' ? 'done-already' : 'cancelled' }
  if (!version || version.trashed) return { outcome: 'gone' }
  const toDo = sizesToDo(version, presets, demand)
  const isDone = toDo.presets.length === 0 && toDo.kept.length === version.sizes.length
  return version.status === 'failed' || isDone ? { outcome: 'done-already' } : { outcome: null, version, toDo }
}

async function ending<Outcome>({ mediasdb }: JobContext, job: RenderJob, outcome: Outcome): Promise<Outcome> {
  await endDemand(mediasdb, job)
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
  const { store, workerMetrics, pool, limits, drawingTimeoutMs, onRendered } = context
  const { focalPoint, sha256 } = version
  // What is stored from here on must not be taken for what was condemned before.
  if (version.hasCondemned) await deleteCondemned(context, version)
  const timeoutMs = version.format === 'svg' ? drawingTimeoutMs : undefined
  const fingerprints = new Map(presets.map((preset) => [preset.name, fingerprintOf(preset, focalPoint)]))
  const source = await workerMetrics.timed('source', openSourceFile(store, version.storeKey))
  const request = { path: source.path, presets, focalPoint, limits }
  const { facts, files } = await workerMetrics
    .timed('render', pool.render(request, aborted, timeoutMs))
    .finally(() => source.close())
  onRendered()
  if (aborted.aborted) throw new GivenBackError('The worker stops')
  workerMetrics.sawSource({ pixels: facts.width * facts.height * facts.pages, bytes: version.bytes })
  const sizes = await workerMetrics.timed('store', storeRenditions(store, files, { sha256, fingerprints }))
  workerMetrics.sawRenditions(files.reduce((sum, { bytes }) => sum + bytes.length, 0))
  return { facts, sizes }
}

/** What a version is to have from now on: what was rendered, and what stays of before. */
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
  const { mediasdb, logger } = context
  let condemned = 0
  const isKept = await mediasdb.transaction(
    async (unit) => {
      if (!(await holdSource(unit, version))) {
        throw new TransientError('Renditions of the source were condemned meanwhile', { soon: true })
      }
      if (!(await lockMedia(unit, version.mediaId))) return false
      const wasReady = facts === null || (await completeVersion(unit, version.id, facts))
      if (wasReady === null) return false
      const before = await replaceSizes(unit, version.id, { sizes, kept })
      condemned = await condemnUnnamed(unit, version.sha256, before)
      // Which version is current does not change by rendering a ready one anew, nor does anything else of the media.
      if (!wasReady) await settleCurrentVersion(unit, version.mediaId)
      await recordReady(unit, version, { sizes, becameReady: !wasReady })
      await endDemand(unit, job)
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

/** What was stored for a media that went meanwhile goes too, unless another media with the same bytes names it. */
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
