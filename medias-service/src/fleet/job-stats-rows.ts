import type { Priority } from '@likeness/media-jobs'
import type { Mediasdb, WorkerModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** A worker reports every 5 s. A worker that has not reported for this time is not listed. */
const SEEN_WITHIN_SECONDS = 30

/** Counts and ages of unfinished jobs. Ages are in seconds; null if there is no such job. */
export interface JobCounts {
  dead: number
  outbox: number
  /** Rows in the outbox, by queue. */
  unpublished: Record<Priority, number>
  /** Age of the oldest row in the outbox. */
  outboxSeconds: number | null
  /** Age of the version that has waited longest, by queue, not counting versions in the trash. */
  oldestSeconds: Record<Priority, number | null>
}

/**
 * Reads a few index entries for each figure, at any number of versions. Only versions in the trash are skipped one
 * by one.
 */
export async function readJobCounts(mediasdb: Mediasdb): Promise<JobCounts> {
  const row = await mediasdb.row<
    Pick<JobCounts, 'dead' | 'outboxSeconds'> &
      Record<`${Priority}Unpublished`, number> &
      Record<Priority, number | null>
  >(
    `SELECT (SELECT count(*) FROM dead_job) AS dead,
            ${unpublished('interactive')} AS "interactiveUnpublished",
            ${unpublished('bulk')} AS "bulkUnpublished",
            ${secondsSince('(SELECT min(created_at) FROM outbox)')} AS "outboxSeconds",
            ${secondsSince(oldestOf('interactive'))} AS interactive,
            ${secondsSince(`least(${oldestOf('bulk')}, ${oldestRegenerationJob})`)} AS bulk`,
  )
  if (!row) throw new Error('PostgreSQL returned no row')
  const { interactive, bulk, interactiveUnpublished, bulkUnpublished, ...counts } = row
  return {
    ...counts,
    outbox: interactiveUnpublished + bulkUnpublished,
    unpublished: { interactive: interactiveUnpublished, bulk: bulkUnpublished },
    oldestSeconds: { interactive, bulk },
  }
}

const unpublished = (queue: Priority) => `(SELECT count(*) FROM outbox WHERE routing_key = '${queue}')`

const secondsSince = (time: string) => `extract(epoch FROM clock_timestamp() - ${time})::double precision`

const oldestOf = (queue: Priority) =>
  `(SELECT v.queued_at FROM media_version v JOIN media m ON m.id = v.media_id
    WHERE v.routing_key = '${queue}' AND v.status IN ('queued', 'processing') AND m.trashed_at IS NULL
    ORDER BY v.queued_at LIMIT 1)`

/** The oldest job that a regeneration waits for. */
const oldestRegenerationJob = `(SELECT min(created_at) FROM regeneration_job WHERE status = 'queued')`

/** Counts unfinished versions, except versions in the trash. Takes 0.25 s for a million versions. */
export async function countUnfinished(mediasdb: Mediasdb): Promise<{ queued: number; processing: number }> {
  const row = await mediasdb.row<{ queued: number; processing: number }>(
    `SELECT count(*) FILTER (WHERE v.status = 'queued') AS queued,
            count(*) FILTER (WHERE v.status = 'processing') AS processing
     FROM media_version v
     WHERE v.status IN ('queued', 'processing')
       AND NOT EXISTS (SELECT FROM media m WHERE m.id = v.media_id AND m.trashed_at IS NOT NULL)`,
  )
  return row ?? { queued: 0, processing: 0 }
}

/** A worker, from its last report. */
export type WorkerRow = Attributes<WorkerModel>

export function listWorkers(mediasdb: Mediasdb): Promise<WorkerRow[]> {
  return mediasdb.rows<WorkerRow>(
    `SELECT name, slots, busy, paused, memory_bytes AS "memoryBytes", done, failed, started_at AS "startedAt",
            seen_at AS "seenAt"
     FROM worker WHERE seen_at > now() - make_interval(secs => :seconds) ORDER BY name COLLATE human`,
    { seconds: SEEN_WITHIN_SECONDS },
  )
}
