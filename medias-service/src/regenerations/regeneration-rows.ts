import type { RenderJob } from '@likeness/media-jobs'
import type { Mediasdb, RegenerationFilter, RegenerationStatus } from '@likeness/mediasdb'
import { keyset, type ListOrder } from '@likeness/service-kit/http'
import { QueryTypes, type Transaction } from 'sequelize'

import type { MeasuredRate } from './measure-rate.ts'
import { storable } from './storable.ts'

/** A regeneration with what is known of its jobs at this moment. */
export interface RegenerationRow {
  id: string
  what: 'stale' | 'all'
  filter: RegenerationFilter
  status: RegenerationStatus
  total: number
  is_counted: boolean
  fed: number
  /** Jobs on their way. */
  in_flight: number
  failed: number
  /** Versions a second; null when that is not known. */
  rate: number | null
  created_at: Date
  finished_at: Date | null
}

/** Of a rate that was measured longer ago than this nobody knows whether it holds: nobody feeds, or all is paused. */
const RATE_HOLDS_SECONDS = 30

const jobs = (status: 'queued' | 'failed') =>
  `(SELECT count(*) FROM regeneration_job j WHERE j.regeneration_id = r.id AND j.status = '${status}')`

const regenerationColumns = `
  r.id, r.what, r.filter, r.status, r.total, r.is_counted, r.fed, ${jobs('queued')} AS in_flight,
  ${jobs('failed')} AS failed, r.created_at, r.finished_at,
  CASE WHEN r.status = 'running' AND r.rated_at > now() - interval '${RATE_HOLDS_SECONDS} seconds' THEN r.rate END AS rate`

export const regenerationOrder: ListOrder<'createdAt'> = {
  columns: { createdAt: 'r.created_at' },
  standard: '-createdAt',
  tieBreak: 'r.id',
}

interface RegenerationList {
  limit: number
  after?: string | undefined
  sort: string
}

export async function listRegenerations({ sequelize }: Mediasdb, query: RegenerationList): Promise<RegenerationRow[]> {
  const position = keyset(regenerationOrder, query)
  return sequelize.query<RegenerationRow>(
    `SELECT ${regenerationColumns}, ${position.cursorColumns} FROM regeneration r
     WHERE ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    { replacements: position.values, type: QueryTypes.SELECT },
  )
}

export async function countRegenerations({ sequelize }: Mediasdb): Promise<number> {
  const [row] = await sequelize.query<{ count: number }>('SELECT count(*) AS count FROM regeneration', {
    type: QueryTypes.SELECT,
  })
  return row?.count ?? 0
}

export async function findRegeneration(
  { sequelize }: Mediasdb,
  id: string,
  transaction?: Transaction,
): Promise<RegenerationRow | undefined> {
  if (transaction) {
    await sequelize.query('SELECT FROM regeneration WHERE id = :id FOR UPDATE', { replacements: { id }, transaction })
  }
  const [row] = await sequelize.query<RegenerationRow>(
    `SELECT ${regenerationColumns} FROM regeneration r WHERE r.id = :id`,
    { replacements: { id }, type: QueryTypes.SELECT, transaction: transaction ?? null },
  )
  return row
}

export interface RegenerationFailure {
  mediaId: string
  versionId: string
  code: string
  reason: string
}

export async function listFailures(
  { sequelize }: Mediasdb,
  id: string,
  limit: number,
  transaction?: Transaction,
): Promise<RegenerationFailure[]> {
  return sequelize.query<RegenerationFailure>(
    `SELECT media_id AS "mediaId", version_id AS "versionId", code, reason FROM regeneration_job
     WHERE regeneration_id = :id AND status = 'failed' ORDER BY version_id LIMIT :limit`,
    { replacements: { id, limit }, type: QueryTypes.SELECT, transaction: transaction ?? null },
  )
}

export async function insertRegeneration(
  { sequelize }: Mediasdb,
  regeneration: { id: string; what: 'stale' | 'all'; filter: RegenerationFilter; createdBy: string | null },
): Promise<void> {
  await sequelize.query(
    `INSERT INTO regeneration (id, what, filter, created_by)
     VALUES (:id, :what, CAST(:filter AS jsonb), CAST(:createdBy AS uuid))`,
    { replacements: { ...regeneration, filter: JSON.stringify(regeneration.filter) } },
  )
}

/** Those that run, each with the milliseconds since something of it moved. */
export async function listRunning({ sequelize }: Mediasdb): Promise<{ id: string; stillMs: number }[]> {
  return sequelize.query(
    `SELECT id, CAST(extract(epoch FROM now() - moved_at) * 1000 AS double precision) AS "stillMs"
     FROM regeneration WHERE status = 'running' ORDER BY created_at, id`,
    { type: QueryTypes.SELECT },
  )
}

/** A regeneration as a step finds it, with the fleet's row and the time: the database's, as for all its times. */
export interface RunningRegeneration {
  id: string
  what: 'stale' | 'all'
  filter: RegenerationFilter
  created_at: Date
  total: number
  fed: number
  counted_to: string
  fed_to: string
  is_counted: boolean
  is_fed: boolean
  in_flight: number
  ended: number
  rate: number | null
  rated_from: Date | null
  rated_at: Date | null
  moved_at: Date
  asked_again: number
  now: Date
  is_paused: boolean
  /** As the fleet was told them; null before it ever was. */
  presets: unknown
  /** Whether every worker has heard of them: a notification that is lost costs one 2 s. */
  are_presets_settled: boolean
}

const PRESETS_SETTLE_SECONDS = 3

/**
 * Locks a regeneration that is running until the transaction ends.
 *
 * @param options.wait for whoever has it; else it is left to them
 */
export async function lockRunning(
  { sequelize }: Mediasdb,
  id: string,
  { wait }: { wait: boolean },
  transaction: Transaction,
): Promise<RunningRegeneration | undefined> {
  const locked = await sequelize.query(
    `SELECT 1 FROM regeneration WHERE id = :id AND status = 'running' FOR UPDATE ${wait ? '' : 'SKIP LOCKED'}`,
    { replacements: { id }, type: QueryTypes.SELECT, transaction },
  )
  if (locked.length === 0) return undefined
  // A statement of its own: one that waited for the lock would see the jobs of before.
  const [row] = await sequelize.query<RunningRegeneration>(
    `SELECT r.id, r.what, r.filter, r.created_at, r.total, r.fed, r.counted_to, r.fed_to, r.is_counted, r.is_fed,
            ${jobs('queued')} AS in_flight, r.ended, r.rate, r.rated_from, r.rated_at, r.moved_at, r.asked_again,
            clock_timestamp() AS now, f.paused AS is_paused, f.presets,
            f.updated_at < clock_timestamp() - interval '${PRESETS_SETTLE_SECONDS} seconds' AS are_presets_settled
     FROM regeneration r CROSS JOIN fleet f WHERE r.id = :id`,
    { replacements: { id }, type: QueryTypes.SELECT, transaction },
  )
  return row
}

/** How far a step has brought a regeneration. */
export interface Step {
  total: number
  fed: number
  countedTo: string
  fedTo: string
  isCounted: boolean
  isFed: boolean
  ended: number
  rate: MeasuredRate
  movedAt: Date
  askedAgain: number
  isDone: boolean
}

export async function recordStep(
  { sequelize }: Mediasdb,
  id: string,
  { rate, ...step }: Step,
  transaction: Transaction,
): Promise<void> {
  await sequelize.query(
    `UPDATE regeneration
     SET total = :total, fed = :fed, counted_to = :countedTo, fed_to = :fedTo, is_counted = :isCounted,
         is_fed = :isFed, ended = :ended, rate = :rate, rated_from = :ratedFrom, rated_at = :ratedAt,
         moved_at = :movedAt, asked_again = :askedAgain,
         status = CASE WHEN :isDone THEN 'done' ELSE status END,
         finished_at = CASE WHEN :isDone THEN clock_timestamp() END
     WHERE id = :id`,
    {
      replacements: { id, ...step, rate: rate.perSecond, ratedFrom: rate.from, ratedAt: rate.at },
      transaction,
    },
  )
}

/** Ends a regeneration: what is on its way counts no more, and finds no demand when it arrives. */
export async function cancelRunning({ sequelize }: Mediasdb, id: string, transaction: Transaction): Promise<void> {
  await sequelize.query(
    `WITH dropped AS (
       DELETE FROM regeneration_job WHERE regeneration_id = :id AND status = 'queued' RETURNING version_id
     )
     UPDATE regeneration SET status = 'cancelled', finished_at = now(), fed = fed - (SELECT count(*) FROM dropped)
     WHERE id = :id`,
    { replacements: { id }, transaction },
  )
}

/** Notes that a version failed for good in the regeneration that asked for it, if one did. */
export async function failDemand(
  { sequelize }: Mediasdb,
  { regenerationId, versionId }: RenderJob,
  { code, reason }: { code: string; reason: string },
  transaction: Transaction,
): Promise<void> {
  if (regenerationId === undefined) return
  await sequelize.query(
    `UPDATE regeneration_job SET status = 'failed', code = :code, reason = :reason
     WHERE regeneration_id = :regenerationId AND version_id = :versionId`,
    { replacements: { regenerationId, versionId, code: storable(code), reason: storable(reason) }, transaction },
  )
}

/**
 * Forgets regenerations that ended so many days ago: first up to `most` of what failed in them, and those of whom nothing
 * is left.
 *
 * @returns how many failures were forgotten
 */
export async function forgetRegenerations(
  { sequelize }: Mediasdb,
  { days, most }: { days: number; most: number },
): Promise<number> {
  const forgotten = await sequelize.query(
    `DELETE FROM regeneration_job WHERE (regeneration_id, version_id) IN (
       SELECT j.regeneration_id, j.version_id FROM regeneration_job j JOIN regeneration r ON r.id = j.regeneration_id
       WHERE r.finished_at < now() - make_interval(days => :days) LIMIT :most)
     RETURNING version_id`,
    { replacements: { days, most }, type: QueryTypes.SELECT },
  )
  if (forgotten.length < most) {
    await sequelize.query('DELETE FROM regeneration WHERE finished_at < now() - make_interval(days => :days)', {
      replacements: { days },
    })
  }
  return forgotten.length
}
