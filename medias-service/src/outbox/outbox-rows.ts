import { CONTRACT, type RenderJob, type RoutingKey } from '@likeness/media-jobs'
import type { Mediasdb } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

export interface OutboxRow {
  id: number
  routing_key: RoutingKey
  payload: RenderJob
}

/** What every job to render says beside its ids. */
const renderJob = { contract: CONTRACT, kind: 'render' } satisfies Partial<RenderJob>

/** Writes the job of a queued version beside its row: both are there, or neither. */
export async function enqueueRender(
  { Outbox, Event }: Mediasdb,
  { mediaId, versionId }: { mediaId: string; versionId: string },
  transaction: Transaction,
): Promise<void> {
  const payload: RenderJob = { ...renderJob, mediaId, versionId }
  await Event.create({ mediaId, versionId, type: 'queued', data: {} }, { transaction, returning: false })
  await Outbox.create({ routingKey: 'interactive', payload }, { transaction, returning: false })
}

/** Asks for the current version once more, where it is a picture that is ready: the worker renders what is stale. */
export async function enqueueCurrent({ sequelize, Outbox }: Mediasdb, mediaId: string, transaction: Transaction) {
  const [current] = await sequelize.query<{ id: string }>(
    `SELECT v.id FROM media m JOIN media_version v ON v.id = m.current_version_id
     WHERE m.id = :mediaId AND m.kind = 'image' AND v.status = 'ready'`,
    { replacements: { mediaId }, type: QueryTypes.SELECT, transaction },
  )
  if (!current) return
  const payload: RenderJob = { ...renderJob, mediaId, versionId: current.id }
  await Outbox.create({ routingKey: 'interactive', payload }, { transaction, returning: false })
}

/** Asks once more for each version of these media that is not finished; it waits from now on. */
export async function enqueueUnfinished(
  { sequelize }: Mediasdb,
  mediaIds: string[],
  routingKey: RoutingKey,
  transaction: Transaction,
): Promise<void> {
  if (mediaIds.length === 0) return
  await sequelize.query(
    `WITH unfinished AS (
       UPDATE media_version SET queued_at = now(), routing_key = :routingKey
       WHERE media_id IN (:mediaIds) AND status IN ('queued', 'processing')
       RETURNING media_id, id, number
     ), told AS (
       INSERT INTO event (media_id, version_id, type) SELECT media_id, id, 'queued' FROM unfinished
     )
     INSERT INTO outbox (routing_key, payload)
     SELECT :routingKey, CAST(:job AS jsonb) || jsonb_build_object('mediaId', media_id, 'versionId', id)
     FROM unfinished ORDER BY media_id, number`,
    { replacements: { mediaIds, routingKey, job: JSON.stringify(renderJob) }, transaction },
  )
}

/**
 * Versions that nothing has happened to for a day, though they are not finished: their jobs were lost with a broker's
 * data, or a database was restored from before them. What is in the trash waits for its restoration.
 */
export async function findForgottenVersions(
  { sequelize }: Mediasdb,
  limit: number,
): Promise<{ mediaId: string; versionId: string }[]> {
  return sequelize.query(
    `SELECT v.media_id AS "mediaId", v.id AS "versionId" FROM media_version v JOIN media m ON m.id = v.media_id
     WHERE v.status IN ('queued', 'processing') AND m.trashed_at IS NULL AND v.created_at < now() - interval '1 day'
       AND NOT EXISTS (SELECT FROM event e WHERE e.media_id = v.media_id AND e.version_id = v.id
                         AND e.created_at > now() - interval '1 day')
     ORDER BY v.created_at LIMIT :limit`,
    { replacements: { limit }, type: QueryTypes.SELECT },
  )
}

/** Leases the oldest rows that nobody else has, in one short transaction that no publishing happens in. */
export async function claimOutboxRows(
  { sequelize }: Mediasdb,
  limit: number,
  leaseSeconds: number,
): Promise<OutboxRow[]> {
  const rows = await sequelize.query<OutboxRow>(
    `UPDATE outbox SET lease_until = now() + make_interval(secs => :leaseSeconds), attempts = attempts + 1
     WHERE id IN (SELECT id FROM outbox WHERE lease_until IS NULL OR lease_until < now()
                  ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
     RETURNING id, routing_key, payload`,
    { replacements: { limit, leaseSeconds }, type: QueryTypes.SELECT },
  )
  return rows.sort((a, b) => a.id - b.id)
}

export async function deleteOutboxRows({ sequelize }: Mediasdb, ids: number[]): Promise<void> {
  if (ids.length === 0) return
  await sequelize.query('DELETE FROM outbox WHERE id IN (:ids)', { replacements: { ids } })
}

/** Gives rows back that could not be published, to be tried again after a moment. */
export async function returnOutboxRows(
  { sequelize }: Mediasdb,
  ids: number[],
  reason: string,
  waitSeconds: number,
): Promise<void> {
  if (ids.length === 0) return
  await sequelize.query(
    `UPDATE outbox SET lease_until = now() + make_interval(secs => :waitSeconds), last_error = :reason
     WHERE id IN (:ids)`,
    { replacements: { ids, reason, waitSeconds } },
  )
}

export async function countOutboxRows({ sequelize }: Mediasdb): Promise<number> {
  const [row] = await sequelize.query<{ count: number }>('SELECT count(*) AS count FROM outbox', {
    type: QueryTypes.SELECT,
  })
  return row?.count ?? 0
}
