import type { RoutingKey } from '@likeness/media-jobs'
import type { Mediasdb, VersionStatus } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

export interface BuriedJob {
  id: string
  payload: unknown
  routing_key: RoutingKey
}

/** What lies buried under these ids, the oldest first. */
export async function readBuriedJobs(
  { sequelize }: Mediasdb,
  ids: string[],
  transaction: Transaction,
): Promise<BuriedJob[]> {
  if (ids.length === 0) return []
  return sequelize.query<BuriedJob>(
    'SELECT id, payload, routing_key FROM dead_job WHERE id IN (:ids) ORDER BY failed_at, id',
    { replacements: { ids }, type: QueryTypes.SELECT, transaction },
  )
}

export interface FoundVersion {
  id: string
  mediaId: string
  status: VersionStatus
  trashed: boolean
}

/** Locks the media of these jobs, in one order everywhere, and gives their versions as they are then. */
export async function lockVersions(
  { sequelize }: Mediasdb,
  jobs: { mediaId: string; versionId: string }[],
  transaction: Transaction,
): Promise<FoundVersion[]> {
  if (jobs.length === 0) return []
  const mediaIds = jobs.map(({ mediaId }) => mediaId)
  const versionIds = jobs.map(({ versionId }) => versionId)
  await sequelize.query('SELECT FROM media WHERE id IN (:mediaIds) ORDER BY id FOR UPDATE', {
    replacements: { mediaIds },
    transaction,
  })
  // A statement of its own: one that waited for the lock would see what was there before.
  return sequelize.query<FoundVersion>(
    `SELECT v.id, v.media_id AS "mediaId", v.status, m.trashed_at IS NOT NULL AS trashed
     FROM media_version v JOIN media m ON m.id = v.media_id WHERE v.id IN (:versionIds)`,
    { replacements: { versionIds }, type: QueryTypes.SELECT, transaction },
  )
}

export interface RequeuedJob {
  versionId: string
  routingKey: RoutingKey
  payload: object
}

/**
 * Queues jobs once more: a version that failed is as if it had never been tried, one that is ready stays so, with no
 * starts held against it, and one that is in a worker's hands is left to it. The media must be locked, and be settled
 * afterwards.
 */
export async function queueAgain(
  { sequelize }: Mediasdb,
  jobs: RequeuedJob[],
  transaction: Transaction,
): Promise<void> {
  if (jobs.length === 0) return
  const given = `jsonb_to_recordset(CAST(:jobs AS jsonb))
    AS job(place int, "versionId" uuid, "routingKey" text, payload jsonb)`
  const placed = JSON.stringify(jobs.map((job, place) => ({ place, ...job })))
  const run = (statement: string) => sequelize.query(statement, { replacements: { jobs: placed }, transaction })
  await run(
    `UPDATE media_version v
     SET status = 'queued', attempts = 0, starts = '[]', error_code = NULL, error_message = NULL, started_at = NULL,
         completed_at = NULL, queued_at = now(), routing_key = job."routingKey"
     FROM ${given} WHERE v.id = job."versionId" AND v.status = 'failed'`,
  )
  await run(
    `UPDATE media_version SET attempts = 0, starts = '[]'
     WHERE status = 'ready' AND attempts > 0 AND id IN (SELECT "versionId" FROM ${given})`,
  )
  await run(
    `INSERT INTO event (media_id, version_id, type, data)
     SELECT v.media_id, v.id, 'queued', '{"requeued": true}' FROM media_version v
     WHERE v.status = 'queued' AND v.id IN (SELECT "versionId" FROM ${given})`,
  )
  await run(
    `INSERT INTO outbox (routing_key, payload) SELECT job."routingKey", job.payload FROM ${given} ORDER BY job.place`,
  )
}
