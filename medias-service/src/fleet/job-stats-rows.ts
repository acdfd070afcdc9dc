import type { RoutingKey } from '@likeness/media-jobs'
import type { Mediasdb, WorkerModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** Workers write their row every few seconds; one that has not for so long is gone. */
const SEEN_WITHIN_SECONDS = 30

/** What mediasdb knows of jobs on their way. Ages in seconds; null where nothing waits. */
export interface JobCounts {
  dead: number
  outbox: number
  /** Of the oldest row in the outbox. */
  outboxSeconds: number | null
  /** Of the version that waits longest, by queue; those in the trash wait for nothing. */
  oldestSeconds: Record<RoutingKey, number | null>
}

/** A few index entries each, however many versions there are: only those in the trash are passed over one by one. */
export async function readJobCounts(mediasdb: Mediasdb): Promise<JobCounts> {
  const row = await mediasdb.row<Omit<JobCounts, 'oldestSeconds'> & Record<RoutingKey, number | null>>(
    `SELECT (SELECT count(*) FROM dead_job) AS dead,
            (SELECT count(*) FROM outbox) AS outbox,
            ${secondsSince('(SELECT min(created_at) FROM outbox)')} AS "outboxSeconds",
            ${secondsSince(oldestOf('interactive'))} AS interactive,
            ${secondsSince(`least(${oldestOf('bulk')}, ${oldestDemand})`)} AS bulk`,
  )
  if (!row) throw new Error('PostgreSQL answered nothing')
  const { interactive, bulk, ...counts } = row
  return { ...counts, oldestSeconds: { interactive, bulk } }
}

const secondsSince = (time: string) => `extract(epoch FROM clock_timestamp() - ${time})::double precision`

const oldestOf = (queue: RoutingKey) =>
  `(SELECT v.queued_at FROM media_version v JOIN media m ON m.id = v.media_id
    WHERE v.routing_key = '${queue}' AND v.status IN ('queued', 'processing') AND m.trashed_at IS NULL
    ORDER BY v.queued_at LIMIT 1)`

/** What regenerations have asked for. */
const oldestDemand = `(SELECT min(created_at) FROM regeneration_job WHERE status = 'queued')`

/** How many versions are not finished, those in the trash left out: a quarter of a second for a million of them. */
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

/** A worker, as it last reported itself. */
export type WorkerRow = Attributes<WorkerModel>

export function listWorkers(mediasdb: Mediasdb): Promise<WorkerRow[]> {
  return mediasdb.rows<WorkerRow>(
    `SELECT name, slots, busy, paused, memory_bytes AS "memoryBytes", done, failed, started_at AS "startedAt",
            seen_at AS "seenAt"
     FROM worker WHERE seen_at > now() - make_interval(secs => :seconds) ORDER BY name COLLATE human`,
    { seconds: SEEN_WITHIN_SECONDS },
  )
}
