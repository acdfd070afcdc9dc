import { presetsSchema, type Preset } from '@likeness/media-jobs'
import type { MediasdbUnit } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { countCandidates, enqueueAgain, enqueueCandidates, type Candidates } from './candidate-rows.ts'
import { expectedSizes } from './expected-sizes.ts'
import { measureRate, notMeasured, type MeasuredRate } from './measure-rate.ts'
import { lockRunning, type RunningRegeneration } from './regeneration-rows.ts'

/**
 * Maximum number of in-flight jobs: enough to keep any fleet busy for some seconds, and few enough that a cancellation
 * takes effect quickly.
 */
const WINDOW = 400
/** Maximum number of jobs that a step enqueues. The job of an upload waits until the jobs of one step are published. */
const BATCH = 100

type Needs = Pick<Context, 'mediasdb' | 'presets'>

interface StepOptions {
  /** Whether to wait for another process that has locked the regeneration. */
  wait?: boolean
  /** Whether to count versions only, without enqueueing jobs. */
  onlyCount?: boolean
  /** Milliseconds without progress after which jobs count as lost. Default: never. */
  patienceMs?: number
}

/**
 * `more`: another step can follow now. `waiting`: the regeneration waits for workers. `ended`: the regeneration is not
 * running, or another process has locked it.
 */
export type StepOutcome = 'more' | 'waiting' | 'ended'

/**
 * Advances a regeneration by one step, in one short transaction that locks its row. A step counts a chunk of versions,
 * enqueues jobs up to the window, enqueues lost jobs again, and ends the regeneration when all its jobs have ended. The
 * whole state is in the rows, so any process can take the next step.
 */
export async function stepRegeneration(
  { mediasdb, presets }: Needs,
  id: string,
  { wait = false, onlyCount = false, patienceMs = Number.POSITIVE_INFINITY }: StepOptions = {},
): Promise<StepOutcome> {
  return mediasdb.transaction(async (unit) => {
    const found = await lockRunning(unit, id, { wait })
    if (!found) return 'ended'
    const inForce = presetsOf(found) ?? presets.current()
    const candidates = { ...found, expected: expectedSizes(inForce, found.filter.presets) }

    const counted = await count(unit, found, candidates)
    const enqueued = onlyCount ? found : await enqueue(unit, counted, candidates)
    const ended = enqueued.fed - enqueued.inFlight
    const hasMoved = ended > found.ended || enqueued.inFlight === 0 || found.isPaused
    const repeatsJobs = !hasMoved && isStalled(found, patienceMs)
    if (repeatsJobs) await enqueueAgain(unit, found)

    const isEmpty = counted.isCounted && counted.total === 0 && enqueued.fed === 0
    const isDone = isEmpty || (enqueued.isFed && enqueued.inFlight === 0)
    const rate = found.isPaused ? notMeasured : measureRate(rateOf(found), ended - found.ended, found.now)
    await unit.Regeneration.update(
      {
        // The exact total is the number of enqueued versions, because versions are added and deleted after the count.
        total: isDone ? enqueued.fed : Math.max(counted.total, enqueued.fed),
        fed: enqueued.fed,
        countedTo: counted.countedTo,
        fedTo: enqueued.fedTo,
        isCounted: counted.isCounted,
        isFed: enqueued.isFed,
        ended: rate.at?.getTime() === found.ratedAt?.getTime() ? found.ended : ended,
        rate: rate.perSecond,
        ratedFrom: rate.from,
        ratedAt: rate.at,
        movedAt: hasMoved ? found.now : found.movedAt,
        askedAgain: hasMoved ? 0 : found.askedAgain + (repeatsJobs ? 1 : 0),
        ...(isDone ? { status: 'done', finishedAt: found.now } : {}),
      },
      { where: { id } },
    )
    if (isDone) return 'ended'
    const hasMore = !enqueued.isFed && enqueued.inFlight < WINDOW && canEnqueue(found)
    return !counted.isCounted || (hasMore && !onlyCount) ? 'more' : 'waiting'
  })
}

async function count(
  unit: MediasdbUnit,
  found: RunningRegeneration,
  candidates: Candidates,
): Promise<RunningRegeneration> {
  if (found.isCounted) return found
  const scan = await countCandidates(unit, candidates, found.countedTo)
  return { ...found, total: found.total + scan.found, countedTo: scan.cursor, isCounted: scan.isLast }
}

async function enqueue(
  unit: MediasdbUnit,
  found: RunningRegeneration,
  candidates: Candidates,
): Promise<RunningRegeneration> {
  const limit = Math.min(BATCH, WINDOW - found.inFlight)
  if (found.isFed || limit <= 0 || !canEnqueue(found)) return found
  const scan = await enqueueCandidates(unit, candidates, { cursor: found.fedTo, limit })
  return {
    ...found,
    fed: found.fed + scan.found,
    inFlight: found.inFlight + scan.found,
    fedTo: scan.cursor,
    isFed: scan.isLast,
  }
}

/**
 * No job is enqueued before every worker has read the new presets: a worker with the old presets would regard stale
 * versions as up to date.
 */
const canEnqueue = (found: RunningRegeneration) => !found.isPaused && found.arePresetsSettled

/** The time doubles with each repetition without progress, because the jobs may be waiting and not lost. */
const isStalled = ({ now, movedAt, askedAgain }: RunningRegeneration, patienceMs: number) =>
  now.getTime() - movedAt.getTime() > patienceMs * 2 ** Math.min(askedAgain, 10)

const rateOf = ({ rate, ratedFrom: from, ratedAt: at }: RunningRegeneration): MeasuredRate => {
  return { perSecond: rate, from, at }
}

/** The fleet's presets from the row, because this process may not have read the latest change yet. */
function presetsOf({ presets }: RunningRegeneration): readonly Preset[] | undefined {
  const parsed = presetsSchema.safeParse(presets)
  return parsed.success ? parsed.data : undefined
}
