import { enqueueJobs, recordEventsFrom, type MediasdbUnit, type MediaVersionModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

type Version = Attributes<MediaVersionModel>

export interface FoundVersion extends Pick<Version, 'id' | 'mediaId' | 'status'> {
  trashed: boolean
}

/** Locks the media of these jobs, always in the same order, and reads their versions. */
export async function lockVersions(
  unit: MediasdbUnit,
  jobs: { mediaId: Version['mediaId']; versionId: Version['id'] }[],
): Promise<FoundVersion[]> {
  if (jobs.length === 0) return []
  const mediaIds = jobs.map(({ mediaId }) => mediaId)
  const versionIds = jobs.map(({ versionId }) => versionId)
  await unit.rows('SELECT FROM media WHERE id = ANY(:mediaIds::uuid[]) ORDER BY id FOR UPDATE', { mediaIds })
  // A separate statement, because the snapshot of the first statement is older than the lock.
  return unit.rows<FoundVersion>(
    `SELECT v.id, v.media_id AS "mediaId", v.status, m.trashed_at IS NOT NULL AS trashed
     FROM media_version v JOIN media m ON m.id = v.media_id WHERE v.id = ANY(:versionIds::uuid[])`,
    { versionIds },
  )
}

export interface RequeuedJob extends Pick<Version, 'routingKey'> {
  versionId: Version['id']
  payload: object
}

/**
 * Enqueues jobs again. A failed version is reset. A ready version stays ready, and its attempts are reset. A version that
 * is rendering does not change. The media must be locked, and the caller must settle their current versions afterwards.
 */
export async function requeueVersions(unit: MediasdbUnit, jobs: RequeuedJob[]): Promise<void> {
  if (jobs.length === 0) return
  const versionIds = jobs.map(({ versionId }) => versionId)
  await unit.rows(
    `UPDATE media_version v
     SET status = 'queued', attempts = 0, starts = '[]', error_code = NULL, error_message = NULL, started_at = NULL,
         completed_at = NULL, queued_at = now(), routing_key = job."routingKey"
     FROM jsonb_to_recordset(:jobs::jsonb) AS job("versionId" uuid, "routingKey" text)
     WHERE v.id = job."versionId" AND v.status = 'failed'`,
    { jobs: JSON.stringify(jobs.map(({ versionId, routingKey }) => ({ versionId, routingKey }))) },
  )
  await unit.rows(
    `UPDATE media_version SET attempts = 0, starts = '[]'
     WHERE status = 'ready' AND attempts > 0 AND id = ANY(:versionIds::uuid[])`,
    { versionIds },
  )
  await unit.rows(
    recordEventsFrom(
      `SELECT media_id, id, 'queued', '{"requeued": true}'::jsonb FROM media_version
       WHERE status = 'queued' AND id = ANY(:versionIds::uuid[])`,
    ),
    { versionIds },
  )
  await enqueueJobs(
    unit,
    jobs.map(({ routingKey, payload }) => ({ routingKey, payload })),
  )
}
