import type { DeadJobModel, Mediasdb, MediasdbUnit } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'
import { keyset } from '@likeness/service-kit/http'

import { deadJobOrder, type DeadJobFilter, type DeadJobQuery } from './dead-job-schema.ts'

export type DeadJobRow = Attributes<DeadJobModel>

/** A dead job in a list. A list does not read payloads. */
export type ListedDeadJobRow = Omit<DeadJobRow, 'payload'>

const listedColumns = `
  d.id, d.media_id AS "mediaId", d.version_id AS "versionId", d.code, d.reason, d.routing_key AS "routingKey",
  d.is_job AS "isJob", d.attempts, d.failed_at AS "failedAt"`

export function listDeadJobs(mediasdb: Mediasdb, query: DeadJobQuery): Promise<ListedDeadJobRow[]> {
  const position = keyset(deadJobOrder, query)
  return mediasdb.rows<ListedDeadJobRow>(
    `SELECT ${listedColumns}, ${position.cursorColumns} FROM dead_job d
     WHERE ${matching(query)} AND ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    { ...query, ...position.values },
  )
}

export async function countDeadJobs(mediasdb: Mediasdb, filter: DeadJobFilter): Promise<number> {
  const row = await mediasdb.row<{ count: number }>(
    `SELECT count(*) AS count FROM dead_job d WHERE ${matching(filter)}`,
    { ...filter },
  )
  return row?.count ?? 0
}

/** A dead job, locked until the transaction ends. */
export function lockDeadJob(unit: MediasdbUnit, id: string): Promise<DeadJobRow | undefined> {
  return unit.row<DeadJobRow>(`SELECT ${listedColumns}, d.payload FROM dead_job d WHERE d.id = :id FOR UPDATE`, { id })
}

/** A position in the order of dead jobs. The time is text, because it has microseconds. */
export interface DeadJobPlace extends Pick<DeadJobRow, 'id'> {
  failedAt: string
}

/** The next dead jobs after a position, the oldest first, up to the time `until`. */
export function findDeadJobsAfter(
  mediasdb: Mediasdb,
  filter: DeadJobFilter,
  { after, until, limit }: { after: DeadJobPlace | undefined; until: string; limit: number },
): Promise<DeadJobPlace[]> {
  const start = after ? '(d.failed_at, d.id) > (:afterTime::timestamptz, :afterId::uuid)' : 'true'
  return mediasdb.rows<DeadJobPlace>(
    `SELECT d.id, d.failed_at::text AS "failedAt" FROM dead_job d
     WHERE ${matching(filter)} AND ${start} AND d.failed_at <= :until::timestamptz
     ORDER BY d.failed_at, d.id LIMIT :limit`,
    { ...filter, afterTime: after?.failedAt, afterId: after?.id, until, limit },
  )
}

/** The time by PostgreSQL's clock, which writes `failed_at`. */
export async function readClock(mediasdb: Mediasdb): Promise<string> {
  const row = await mediasdb.row<{ now: string }>('SELECT clock_timestamp()::text AS now')
  if (!row) throw new Error('PostgreSQL returned no time')
  return row.now
}

/**
 * Deletes dead jobs, and stores their ids, so that a repeated delivery of the message is not stored again.
 *
 * @returns the ids of the deleted jobs
 */
export async function endDeadJobs(unit: MediasdbUnit, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await unit.rows<Pick<DeadJobRow, 'id'>>(
    `WITH ended AS (DELETE FROM dead_job WHERE id = ANY(:ids::uuid[]) RETURNING id)
     INSERT INTO dead_job_end (id) SELECT id FROM ended ON CONFLICT (id) DO UPDATE SET ended_at = now() RETURNING id`,
    { ids },
  )
  return rows.map(({ id }) => id)
}

/** Deletes the dead jobs of a version, like `endDeadJobs`. */
export async function endDeadJobsOf(unit: MediasdbUnit, versionId: string): Promise<void> {
  const rows = await unit.DeadJob.findAll({ where: { versionId } })
  await endDeadJobs(
    unit,
    rows.map(({ id }) => id),
  )
}

/** @returns the number of deleted rows, at most `limit` of each table */
export async function deleteOldDeadJobs(mediasdb: Mediasdb, days: number, limit: number): Promise<number> {
  const row = await mediasdb.row<{ count: number }>(
    `WITH dead AS (
       DELETE FROM dead_job WHERE id IN (SELECT id FROM dead_job WHERE failed_at < now() - make_interval(days => :days)
                                         ORDER BY failed_at LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING id
     ), ended AS (
       DELETE FROM dead_job_end WHERE id IN (SELECT id FROM dead_job_end
                                             WHERE ended_at < now() - make_interval(days => :days)
                                             ORDER BY ended_at LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING id
     )
     SELECT (SELECT count(*) FROM dead) + (SELECT count(*) FROM ended) AS count`,
    { days, limit },
  )
  return row?.count ?? 0
}

/**
 * Deletes the oldest messages that are not jobs, so that the newest `keep` of them remain.
 *
 * @returns the number of deleted rows, at most `limit`
 */
export async function deleteSurplusMessages(mediasdb: Mediasdb, keep: number, limit: number): Promise<number> {
  const row = await mediasdb.row<{ count: number }>(
    `WITH surplus AS (
       DELETE FROM dead_job WHERE id IN (SELECT id FROM dead_job WHERE NOT is_job
                                         ORDER BY failed_at DESC, id DESC OFFSET :keep LIMIT :limit) RETURNING id
     )
     SELECT count(*) AS count FROM surplus`,
    { keep, limit },
  )
  return row?.count ?? 0
}

function matching({ ids, code, preset, failedAfter, failedBefore, mediaId }: DeadJobFilter): string {
  return [
    'true',
    ids && 'd.id = ANY(:ids::uuid[])',
    code !== undefined && 'd.code = :code',
    preset !== undefined && rendersPreset,
    failedAfter !== undefined && 'd.failed_at > :failedAfter',
    failedBefore !== undefined && 'd.failed_at < :failedBefore',
    mediaId !== undefined && 'd.media_id = :mediaId',
  ]
    .filter(Boolean)
    .join(' AND ')
}

/** A job renders every preset, or the presets of its regeneration. An invalid job renders no preset. */
const rendersPreset = `d.version_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM regeneration r
                  WHERE r.id::text = d.payload ->> 'regenerationId' AND r.filter -> 'presets' IS NOT NULL
                    AND NOT r.filter -> 'presets' @> to_jsonb(:preset::text))`
