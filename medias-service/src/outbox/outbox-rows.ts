import { CONTRACT, type Job, type RenderJob, type Priority } from '@likeness/media-jobs'
import {
  enqueueJobs,
  enqueueJobsFrom,
  recordEvents,
  recordEventsFrom,
  type Mediasdb,
  type MediasdbUnit,
  type MediaVersionModel,
  type OutboxModel,
} from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

export interface OutboxRow extends Pick<Attributes<OutboxModel>, 'id' | 'ownerId'> {
  payload: Job
}

/** The fields that every render job has in addition to its ids. */
export const renderJobBase = { contract: CONTRACT, kind: 'render' } satisfies Partial<RenderJob>

type Version = Attributes<MediaVersionModel>

interface VersionIds {
  mediaId: Version['mediaId']
  versionId: Version['id']
}

/** Enqueues the job of a queued version and records the event `queued`. */
export async function enqueueRender(unit: MediasdbUnit, { mediaId, versionId }: VersionIds): Promise<void> {
  await recordEvents(unit, [{ mediaId, versionId, type: 'queued' }])
  await enqueueInteractive(unit, { mediaId, versionId })
}

/** Enqueues the version's render job on the interactive queue. */
export async function enqueueInteractive(unit: MediasdbUnit, { mediaId, versionId }: VersionIds): Promise<void> {
  const payload: RenderJob = { ...renderJobBase, mediaId, versionId }
  await enqueueJobs(unit, [{ routingKey: 'interactive', payload }])
}

/** Enqueues a job for each unfinished version of these media, and restarts the waiting time of the version. */
export async function enqueueUnfinished(unit: MediasdbUnit, mediaIds: string[], routingKey: Priority): Promise<void> {
  if (mediaIds.length === 0) return
  await unit.rows(
    `WITH unfinished AS (
       UPDATE media_version SET queued_at = now(), routing_key = :routingKey::text
       WHERE media_id = ANY(:mediaIds::uuid[]) AND status IN ('queued', 'processing')
       RETURNING media_id, id, number
     ), recorded AS (
       ${recordEventsFrom(`SELECT media_id, id, 'queued', '{}'::jsonb FROM unfinished`)}
     )
     ${enqueueJobsFrom(
       `SELECT :routingKey::text, :job::jsonb || jsonb_build_object('mediaId', media_id, 'versionId', id)
        FROM unfinished ORDER BY media_id, number`,
     )}`,
    { mediaIds, routingKey, job: JSON.stringify(renderJobBase) },
  )
}

/**
 * Unfinished versions without an event for a day. Their jobs were lost: the broker lost its data, or the database was
 * restored from a backup. Versions in the trash are excluded; they are enqueued when they are restored.
 */
export function findForgottenVersions(mediasdb: Mediasdb, limit: number): Promise<VersionIds[]> {
  return mediasdb.rows<VersionIds>(
    `SELECT v.media_id AS "mediaId", v.id AS "versionId" FROM media_version v JOIN media m ON m.id = v.media_id
     WHERE v.status IN ('queued', 'processing') AND m.trashed_at IS NULL AND v.created_at < now() - interval '1 day'
       AND NOT EXISTS (SELECT FROM event e WHERE e.media_id = v.media_id AND e.version_id = v.id
                         AND e.created_at > now() - interval '1 day')
     ORDER BY v.created_at LIMIT :limit`,
    { limit },
  )
}

/** The number of rows to lease, and for how long. */
export type Lease = Record<'limit' | 'leaseSeconds', number>

/** Leases the oldest bulk jobs that no other relay has leased, in one short statement, before any of them is published. */
export function claimBulkJobs(mediasdb: Mediasdb, lease: Lease): Promise<OutboxRow[]> {
  return claim(
    mediasdb,
    `SELECT id FROM outbox WHERE routing_key = 'bulk' AND ${isFree} ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED`,
    lease,
  )
}

/** Leases the oldest interactive job of each owner, except these owners. */
export function claimFirstJobs(mediasdb: Mediasdb, exceptOwners: string[], lease: Lease): Promise<OutboxRow[]> {
  return claim(
    mediasdb,
    `WITH RECURSIVE ${waitingOwners}
     SELECT job.id FROM waiting CROSS JOIN LATERAL (${jobsOf('waiting', '1')}) job
     WHERE waiting.owner_id <> ALL(:exceptOwners::uuid[]) LIMIT :limit`,
    { ...lease, after: null, exceptOwners },
  )
}

/**
 * Leases interactive jobs of the owners whose ids follow `after`, the same number for each. If there are more owners than
 * the limit, each of the first owners gets one job.
 *
 * @param after null for the first owners
 * @returns the first job of each owner, then the second job of each owner, and so on
 */
export async function claimJobsInTurn(mediasdb: Mediasdb, after: string | null, lease: Lease): Promise<OutboxRow[]> {
  const rows = await claim(
    mediasdb,
    `WITH RECURSIVE ${waitingOwners}, next_owners AS MATERIALIZED (SELECT owner_id FROM waiting LIMIT :limit)
     SELECT job.id FROM next_owners CROSS JOIN LATERAL
       (${jobsOf('next_owners', '(SELECT ceil(:limit::numeric / count(*)) FROM next_owners)')}) job
     LIMIT :limit`,
    { ...lease, after },
  )
  const seen = new Map<string, number>()
  const ranked = rows.map((row) => {
    const rank = seen.get(row.ownerId) ?? 0
    seen.set(row.ownerId, rank + 1)
    return { row, rank }
  })
  return ranked.sort((one, other) => one.rank - other.rank || one.row.id - other.row.id).map(({ row }) => row)
}

/** Whether jobs wait in the outbox, leased or not. */
export async function findWaiting(mediasdb: Mediasdb): Promise<{ any: boolean; interactive: boolean }> {
  const row = await mediasdb.row<{ any: boolean; interactive: boolean }>(
    `SELECT EXISTS (SELECT FROM outbox) AS "any",
            EXISTS (SELECT FROM outbox WHERE routing_key = 'interactive') AS interactive`,
  )
  return row ?? { any: false, interactive: false }
}

const isFree = '(lease_until IS NULL OR lease_until < now())'

/** The owners with free interactive jobs, in the order of their ids. Reads one index entry for each owner. */
const waitingOwners = `waiting AS (
  (SELECT owner_id FROM outbox
   WHERE routing_key = 'interactive' AND ${isFree} AND (:after::uuid IS NULL OR owner_id > :after::uuid)
   ORDER BY owner_id LIMIT 1)
  UNION ALL
  SELECT next.owner_id FROM waiting CROSS JOIN LATERAL
    (SELECT owner_id FROM outbox WHERE routing_key = 'interactive' AND ${isFree} AND owner_id > waiting.owner_id
     ORDER BY owner_id LIMIT 1) next
)`

const jobsOf = (owners: string, limit: string) =>
  `SELECT id FROM outbox WHERE routing_key = 'interactive' AND owner_id = ${owners}.owner_id AND ${isFree}
   ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED`

async function claim(mediasdb: Mediasdb, ids: string, values: Lease & Record<string, unknown>): Promise<OutboxRow[]> {
  const rows = await mediasdb.rows<OutboxRow>(
    `UPDATE outbox SET lease_until = now() + make_interval(secs => :leaseSeconds), attempts = attempts + 1
     WHERE id IN (${ids})
     RETURNING id, owner_id AS "ownerId", payload`,
    values,
  )
  return rows.sort((one, other) => one.id - other.id)
}

/** Records why rows could not be published. A relay retries them after `waitSeconds`. */
export async function returnOutboxRows(
  mediasdb: Mediasdb,
  ids: number[],
  reason: string,
  waitSeconds: number,
): Promise<void> {
  if (ids.length === 0) return
  await mediasdb.rows(
    `UPDATE outbox SET lease_until = now() + make_interval(secs => :waitSeconds), last_error = :reason
     WHERE id = ANY(:ids::bigint[])`,
    { ids, reason, waitSeconds },
  )
}
