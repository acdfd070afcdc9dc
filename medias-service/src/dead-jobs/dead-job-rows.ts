import type { DeadJob, RenderJob } from '@likeness/media-jobs'
import type { Mediasdb } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

/** @returns false when this message was kept before. */
export async function insertDeadJob(
  { sequelize }: Mediasdb,
  { id, job, payload, code, reason, routingKey, attempts }: DeadJob,
  transaction: Transaction,
): Promise<boolean> {
  const rows = await sequelize.query(
    `INSERT INTO dead_job (id, media_id, version_id, code, reason, routing_key, payload, attempts)
     VALUES (:id, :mediaId, :versionId, :code, :reason, :routingKey, :payload, :attempts)
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    {
      replacements: {
        id,
        mediaId: job?.mediaId ?? null,
        versionId: job?.versionId ?? null,
        code: storable(code),
        reason: storable(reason),
        routingKey,
        payload: storableJson(payload),
        attempts: storableJson(attempts),
      },
      type: QueryTypes.SELECT,
      transaction,
    },
  )
  return rows.length > 0
}

/** Fails a version that is not ready, and locks its media on the way. @returns whether there was one. */
export async function failVersion(
  { sequelize, Event }: Mediasdb,
  { mediaId, versionId }: RenderJob,
  { code, reason }: { code: string; reason: string },
  transaction: Transaction,
): Promise<boolean> {
  await sequelize.query('SELECT FROM media WHERE id = :mediaId FOR UPDATE', { replacements: { mediaId }, transaction })
  const failed = await sequelize.query(
    `UPDATE media_version SET status = 'failed', error_code = :code, error_message = :reason, completed_at = now()
     WHERE id = :versionId AND media_id = :mediaId AND status IN ('queued', 'processing') RETURNING id`,
    { replacements: { mediaId, versionId, code, reason }, type: QueryTypes.SELECT, transaction },
  )
  if (failed.length === 0) return false
  await Event.create({ mediaId, versionId, type: 'failed', data: { code } }, { transaction, returning: false })
  return true
}

// PostgreSQL keeps neither NUL nor half of a surrogate pair: a message with one would come back for ever.
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** As JSON writes both: escaped, where an escaped backslash before them is none of their own. */
const storableJson = (value: unknown) =>
  JSON.stringify(value).replace(/\\(u0000|ud[89a-f][0-9a-f]{2}|[^])/g, (escaped) =>
    escaped.length === 6 ? '\uFFFD' : escaped,
  )
