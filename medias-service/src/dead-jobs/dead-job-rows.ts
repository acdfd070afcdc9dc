import type { JobAttempt, RoutingKey } from '@likeness/media-jobs'
import type { Mediasdb } from '@likeness/mediasdb'
import { keyset } from '@likeness/service-kit/http'
import { QueryTypes, type Transaction } from 'sequelize'

import { deadJobOrder, type DeadJobFilter, type DeadJobQuery } from './dead-job-schema.ts'

export interface DeadJobRow {
  id: string
  media_id: string | null
  version_id: string | null
  code: string
  reason: string
  routing_key: RoutingKey
  payload: unknown
  attempts: JobAttempt[]
  failed_at: Date
}

const columns = `d.id, d.media_id, d.version_id, d.code, d.reason, d.routing_key, d.payload, d.attempts, d.failed_at`

export async function listDeadJobs({ sequelize }: Mediasdb, query: DeadJobQuery): Promise<DeadJobRow[]> {
  const position = keyset(deadJobOrder, query)
  return sequelize.query<DeadJobRow>(
    `SELECT ${columns}, ${position.cursorColumns} FROM dead_job d
     WHERE ${matching(query)} AND ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    { replacements: { ...query, ...position.values }, type: QueryTypes.SELECT },
  )
}

export async function countDeadJobs({ sequelize }: Mediasdb, filter: DeadJobFilter): Promise<number> {
  const [row] = await sequelize.query<{ count: number }>(
    `SELECT count(*) AS count FROM dead_job d WHERE ${matching(filter)}`,
    { replacements: { ...filter }, type: QueryTypes.SELECT },
  )
  return row?.count ?? 0
}

/** Locked until the transaction ends, where there is one. */
export async function findDeadJob(
  { sequelize }: Mediasdb,
  id: string,
  transaction?: Transaction,
): Promise<DeadJobRow | undefined> {
  const [row] = await sequelize.query<DeadJobRow>(
    `SELECT ${columns} FROM dead_job d WHERE d.id = :id ${transaction ? 'FOR UPDATE' : ''}`,
    { replacements: { id }, type: QueryTypes.SELECT, transaction: transaction ?? null },
  )
  return row
}

/** A place in the order in which jobs died. */
export interface DeadJobPlace {
  id: string
  failedAt: string
}

/** The next dead jobs after a place, the oldest first; none that died after `until`. */
export async function findDeadJobsAfter(
  { sequelize }: Mediasdb,
  filter: DeadJobFilter,
  { after, until, limit }: { after: DeadJobPlace | undefined; until: string; limit: number },
): Promise<DeadJobPlace[]> {
  const start = after ? '(d.failed_at, d.id) > (CAST(:afterTime AS timestamptz), :afterId)' : 'true'
  return sequelize.query<DeadJobPlace>(
    `SELECT d.id, CAST(d.failed_at AS text) AS "failedAt" FROM dead_job d
     WHERE ${matching(filter)} AND ${start} AND d.failed_at <= CAST(:until AS timestamptz)
     ORDER BY d.failed_at, d.id LIMIT :limit`,
    {
      replacements: { ...filter, afterTime: after?.failedAt, afterId: after?.id, until, limit },
      type: QueryTypes.SELECT,
    },
  )
}

/** The database's clock, by which jobs die. */
export async function readClock({ sequelize }: Mediasdb): Promise<string> {
  const [row] = await sequelize.query<{ now: string }>('SELECT CAST(clock_timestamp() AS text) AS now', {
    type: QueryTypes.SELECT,
  })
  if (!row) throw new Error('PostgreSQL did not tell the time')
  return row.now
}

/**
 * Ends dead jobs: they go, and a message of theirs that comes once more buries nothing.
 *
 * @returns the ids of those that were still there
 */
export async function endDeadJobs({ sequelize }: Mediasdb, ids: string[], transaction: Transaction): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await sequelize.query<{ id: string }>(
    `WITH ended AS (DELETE FROM dead_job WHERE id IN (:ids) RETURNING id)
     INSERT INTO dead_job_end (id) SELECT id FROM ended ON CONFLICT (id) DO UPDATE SET ended_at = now() RETURNING id`,
    { replacements: { ids }, type: QueryTypes.SELECT, transaction },
  )
  return rows.map(({ id }) => id)
}

/** Ends the dead jobs of a version. */
export async function endDeadJobsOf(mediasdb: Mediasdb, versionId: string, transaction: Transaction): Promise<void> {
  const rows = await mediasdb.sequelize.query<{ id: string }>('SELECT id FROM dead_job WHERE version_id = :versionId', {
    replacements: { versionId },
    type: QueryTypes.SELECT,
    transaction,
  })
  const ids = rows.map(({ id }) => id)
  await endDeadJobs(mediasdb, ids, transaction)
}

/** @returns how many rows went, at most `limit` of each kind */
export async function deleteOldDeadJobs({ sequelize }: Mediasdb, days: number, limit: number): Promise<number> {
  const [row] = await sequelize.query<{ count: number }>(
    `WITH dead AS (
       DELETE FROM dead_job WHERE id IN (SELECT id FROM dead_job WHERE failed_at < now() - make_interval(days => :days)
                                         ORDER BY failed_at LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING id
     ), ended AS (
       DELETE FROM dead_job_end WHERE id IN (SELECT id FROM dead_job_end
                                             WHERE ended_at < now() - make_interval(days => :days)
                                             ORDER BY ended_at LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING id
     )
     SELECT (SELECT count(*) FROM dead) + (SELECT count(*) FROM ended) AS count`,
    { replacements: { days, limit }, type: QueryTypes.SELECT },
  )
  return row?.count ?? 0
}

function matching({ ids, code, preset, failedAfter, failedBefore, mediaId }: DeadJobFilter): string {
  return [
    'true',
    ids && (ids.length > 0 ? 'd.id IN (:ids)' : 'false'),
    code !== undefined && 'd.code = :code',
    preset !== undefined && presetWasAmong,
    failedAfter !== undefined && 'd.failed_at > :failedAfter',
    failedBefore !== undefined && 'd.failed_at < :failedBefore',
    mediaId !== undefined && 'd.media_id = :mediaId',
  ]
    .filter(Boolean)
    .join(' AND ')
}

/** A job has every preset of its version in hand, or those of its regeneration. What could not be read as a job has none. */
const presetWasAmong = `d.version_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM regeneration r
                  WHERE CAST(r.id AS text) = d.payload ->> 'regenerationId' AND r.filter -> 'presets' IS NOT NULL
                    AND NOT r.filter -> 'presets' @> to_jsonb(CAST(:preset AS text)))`
