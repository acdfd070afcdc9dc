import { presetsSchema, type Preset } from '@likeness/media-jobs'
import type { MediasdbUnit } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { countCandidates, enqueueAgain, enqueueCandidates, type Candidates } from './candidate-rows.ts'
import { expectedSizes } from './expected-sizes.ts'
import { measureRate, notMeasured, type MeasuredRate } from './measure-rate.ts'
import { lockRunning, type RunningRegeneration } from './regeneration-rows.ts'

/**
 * Maximum jobs in flight: enough for some seconds of any fleet, and few enough that cancelling takes effect quickly.
 */
const WINDOW = 400
/** Jobs enqueued at a time. An upload waits at most for these to be published. */
const BATCH = 100

type Needs = Pick<Context, 'mediasdb' | 'presets'>

interface StepOptions {
  /** Whether to wait for another process that has the lock. */
  wait?: boolean
  /** Only counts. */
  onlyCount?: boolean
  /** Milliseconds without progress after which jobs count as lost; never by default. */
  patienceMs?: number
}

/** `goes-on`: there is more to do now; `waits`: for workers; `over`: done, or locked by another process. */
export type StepOutcome = 'goes-on' | 'waits' | 'over'

/**
 * Advances a regeneration by one step, in one short transaction that locks its row: counts a chunk of versions,
 * enqueues jobs up to the window, enqueues lost jobs again, and ends the regeneration when all its jobs have ended. The
 * rows hold the whole state, so any process can take the next step.
 */
export async function stepRegeneration(
  { mediasdb, presets }: Needs,
  id: string,
  { wait = false, onlyCount = false, patienceMs = Number.POSITIVE_INFINITY }: StepOptions = {},
): Promise<StepOutcome> {
  return mediasdb.transaction(async (unit) => {
    const found = await lockRunning(unit, id, { wait })
    if (!found) return 'over'
    const inForce = presetsOf(found) ?? presets.current()
    const candidates = { ...found, expected: expectedSizes(inForce, found.filter.presets) }

    const counted = await count(unit, found, candidates)
    const fed = onlyCount ? found : await feed(unit, counted, candidates)
    const ended = fed.fed - fed.inFlight
    const hasMoved = ended > found.ended || fed.inFlight === 0 || found.isPaused
    const asksAgain = !hasMoved && isStalled(found, patienceMs)
    if (asksAgain) await enqueueAgain(unit, found)

    const isNothing = counted.isCounted && counted.total === 0 && fed.fed === 0
    const isDone = isNothing || (fed.isFed && fed.inFlight === 0)
    const rate = found.isPaused ? notMeasured : measureRate(rateOf(found), ended - found.ended, found.now)
    await unit.Regeneration.update(
      {
        // The exact total is the number of fed versions: versions are added and deleted between counting and feeding.
        total: isDone ? fed.fed : Math.max(counted.total, fed.fed),
        fed: fed.fed,
        countedTo: counted.countedTo,
        fedTo: fed.fedTo,
        isCounted: counted.isCounted,
        isFed: fed.isFed,
        ended: rate.at?.getTime() === found.ratedAt?.getTime() ? found.ended : ended,
        rate: rate.perSecond,
        ratedFrom: rate.from,
        ratedAt: rate.at,
        movedAt: hasMoved ? found.now : found.movedAt,
        askedAgain: hasMoved ? 0 : found.askedAgain + (asksAgain ? 1 : 0),
        ...(isDone ? { status: 'done', finishedAt: found.now } : {}),
      },
      { where: { id } },
    )
    if (isDone) return 'over'
    const canFeed = !fed.isFed && fed.inFlight < WINDOW && maybeFed(found)
    return !counted.isCounted || (canFeed && !onlyCount) ? 'goes-on' : 'waits'
  })
}

async function count(
  unit: MediasdbUnit,
  found: RunningRegeneration,
  candidates: Candidates,
): Promise<RunningRegeneration> {
  if (found.isCounted) return found
  const looked = await countCandidates(unit, candidates, found.countedTo)
  return { ...found, total: found.total + looked.found, countedTo: looked.cursor, isCounted: looked.isLast }
}

async function feed(
  unit: MediasdbUnit,
  found: RunningRegeneration,
  candidates: Candidates,
): Promise<RunningRegeneration> {
  const most = Math.min(BATCH, WINDOW - found.inFlight)
  if (found.isFed || most <= 0 || !maybeFed(found)) return found
  const looked = await enqueueCandidates(unit, candidates, { cursor: found.fedTo, most })
  return {
    ...found,
    fed: found.fed + looked.found,
    inFlight: found.inFlight + looked.found,
    fedTo: looked.cursor,
    isFed: looked.isLast,
  }
}

/** A worker with the old presets would find stale versions up to date, so feeding waits until all have the new ones. */
const maybeFed = (found: RunningRegeneration) => !found.isPaused && found.arePresetsSettled

/** The time doubles after each attempt without progress, because waiting jobs are not lost. */
const isStalled = ({ now, movedAt, askedAgain }: RunningRegeneration, patienceMs: number) =>
  now.getTime() - movedAt.getTime() > patienceMs * 2 ** Math.min(askedAgain, 10)

const rateOf = ({ rate, ratedFrom: from, ratedAt: at }: RunningRegeneration): MeasuredRate => {
  return { perSecond: rate, from, at }
}

/** The fleet's presets, because this service may read a change later than another. */
function presetsOf({ presets }: RunningRegeneration): readonly Preset[] | undefined {
  const parsed = presetsSchema.safeParse(presets)
  return parsed.success ? parsed.data : undefined
}
