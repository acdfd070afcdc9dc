import { CONTRACT, type Job, type RenderJob, type RoutingKey } from '@likeness/media-jobs'
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

export interface OutboxRow extends Pick<Attributes<OutboxModel>, 'id' | 'routingKey'> {
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
export async function enqueueUnfinished(unit: MediasdbUnit, mediaIds: string[], routingKey: RoutingKey): Promise<void> {
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

/** Leases the oldest rows that no other relay has leased, in one short statement, before any of them is published. */
export async function claimOutboxRows(mediasdb: Mediasdb, limit: number, leaseSeconds: number): Promise<OutboxRow[]> {
  const rows = await mediasdb.rows<OutboxRow>(
    `UPDATE outbox SET lease_until = now() + make_interval(secs => :leaseSeconds), attempts = attempts + 1
     WHERE id IN (SELECT id FROM outbox WHERE lease_until IS NULL OR lease_until < now()
                  ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
     RETURNING id, routing_key AS "routingKey", payload`,
    { limit, leaseSeconds },
  )
  return rows.sort((a, b) => a.id - b.id)
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
