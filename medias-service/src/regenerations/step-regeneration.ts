import { presetsSchema, type Preset } from '@likeness/media-jobs'
import type { Transaction } from 'sequelize'

import type { Context } from '../context.ts'
import { countCandidates, feedAgain, feedCandidates, type Candidates } from './candidate-rows.ts'
import { expectedSizes } from './expected-sizes.ts'
import { measureRate, notMeasured, type MeasuredRate } from './measure-rate.ts'
import { lockRunning, recordStep, type RunningRegeneration } from './regeneration-rows.ts'

/** Jobs of one regeneration on their way: enough for any fleet for some seconds, few enough to be cancelled at once. */
const WINDOW = 400
/** Jobs written at a time: an upload that comes in between waits for no more than these to be published. */
const BATCH = 100

type Needs = Pick<Context, 'database' | 'mediasdb' | 'presets'>

interface StepOptions {
  /** Whether somebody else who has it is waited for. */
  wait?: boolean
  /** Only counts. */
  onlyCount?: boolean
  /** After so long without one that comes to an end, jobs are taken for lost; never unless told. */
  patienceMs?: number
}

/** `goes-on`: there is more to do at once; `waits`: for workers; `over`: done, or somebody else's. */
export type StepOutcome = 'goes-on' | 'waits' | 'over'

/**
 * Brings a regeneration one step further, in one short transaction under its row's lock: counts a chunk of versions,
 * writes jobs up to its window, asks again for what seems lost, and ends it when all it fed has come to an end. All that
 * a step needs to know stands in the rows, so that any process may do the next one, whatever became of this.
 */
export async function stepRegeneration(
  { database, mediasdb, presets }: Needs,
  id: string,
  { wait = false, onlyCount = false, patienceMs = Number.POSITIVE_INFINITY }: StepOptions = {},
): Promise<StepOutcome> {
  return database.transaction(async (transaction) => {
    const found = await lockRunning(mediasdb, id, { wait }, transaction)
    if (!found) return 'over'
    const inForce = presetsOf(found) ?? presets.current()
    const candidates = { ...found, expected: expectedSizes(inForce, found.filter.presets) }

    const counted = await count(mediasdb, found, candidates, transaction)
    const fed = onlyCount ? found : await feed(mediasdb, counted, candidates, transaction)
    const ended = fed.fed - fed.in_flight
    const hasMoved = ended > found.ended || fed.in_flight === 0 || found.is_paused
    const asksAgain = !hasMoved && isStalled(found, patienceMs)
    if (asksAgain) await feedAgain(mediasdb, found, transaction)

    const isNothing = counted.is_counted && counted.total === 0 && fed.fed === 0
    const isDone = isNothing || (fed.is_fed && fed.in_flight === 0)
    const rate = found.is_paused ? notMeasured : measureRate(rateOf(found), ended - found.ended, found.now)
    await recordStep(
      mediasdb,
      id,
      {
        // What was fed is what there was: versions come and go between counting and feeding.
        total: isDone ? fed.fed : Math.max(counted.total, fed.fed),
        fed: fed.fed,
        countedTo: counted.counted_to,
        fedTo: fed.fed_to,
        isCounted: counted.is_counted,
        isFed: fed.is_fed,
        ended: rate.at?.getTime() === found.rated_at?.getTime() ? found.ended : ended,
        rate,
        movedAt: hasMoved ? found.now : found.moved_at,
        askedAgain: hasMoved ? 0 : found.asked_again + (asksAgain ? 1 : 0),
        isDone,
      },
      transaction,
    )
    if (isDone) return 'over'
    const canFeed = !fed.is_fed && fed.in_flight < WINDOW && maybeFed(found)
    return !counted.is_counted || (canFeed && !onlyCount) ? 'goes-on' : 'waits'
  })
}

async function count(
  mediasdb: Context['mediasdb'],
  found: RunningRegeneration,
  candidates: Candidates,
  transaction: Transaction,
): Promise<RunningRegeneration> {
  if (found.is_counted) return found
  const looked = await countCandidates(mediasdb, candidates, found.counted_to, transaction)
  return { ...found, total: found.total + looked.found, counted_to: looked.cursor, is_counted: looked.isLast }
}

async function feed(
  mediasdb: Context['mediasdb'],
  found: RunningRegeneration,
  candidates: Candidates,
  transaction: Transaction,
): Promise<RunningRegeneration> {
  const most = Math.min(BATCH, WINDOW - found.in_flight)
  if (found.is_fed || most <= 0 || !maybeFed(found)) return found
  const looked = await feedCandidates(mediasdb, candidates, { cursor: found.fed_to, most }, transaction)
  return {
    ...found,
    fed: found.fed + looked.found,
    in_flight: found.in_flight + looked.found,
    fed_to: looked.cursor,
    is_fed: looked.isLast,
  }
}

/** A worker that has not heard of the presets yet would find done what is stale. */
const maybeFed = (found: RunningRegeneration) => !found.is_paused && found.are_presets_settled

/** Each time that asking again has moved nothing, the next waits twice as long: what waits is not lost. */
const isStalled = ({ now, moved_at: movedAt, asked_again: askedAgain }: RunningRegeneration, patienceMs: number) =>
  now.getTime() - movedAt.getTime() > patienceMs * 2 ** Math.min(askedAgain, 10)

const rateOf = ({ rate, rated_from: from, rated_at: at }: RunningRegeneration): MeasuredRate => {
  return { perSecond: rate, from, at }
}

/** As the fleet was told them: this service may hear of them a moment later than another. */
function presetsOf({ presets }: RunningRegeneration): readonly Preset[] | undefined {
  const parsed = presetsSchema.safeParse(presets)
  return parsed.success ? parsed.data : undefined
}
