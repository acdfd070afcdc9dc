import type { DeadJob, RenderJob } from '@likeness/media-jobs'
import type { Mediasdb } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

import { storable, storableJson } from '../regenerations/storable.ts'

/** @returns false when this message was kept before, be it that it is here or that its job has come to an end since. */
export async function insertDeadJob(
  { sequelize }: Mediasdb,
  { id, job, payload, code, reason, routingKey, attempts }: DeadJob,
  transaction: Transaction,
): Promise<boolean> {
  const rows = await sequelize.query(
    `INSERT INTO dead_job (id, media_id, version_id, code, reason, routing_key, payload, attempts)
     SELECT CAST(:id AS uuid), CAST(:mediaId AS uuid), CAST(:versionId AS uuid), :code, :reason, :routingKey,
            CAST(:payload AS jsonb), CAST(:attempts AS jsonb)
     WHERE NOT EXISTS (SELECT FROM dead_job_end WHERE id = :id)
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

/**
 * Fails a version that is not ready, and tells of it with every try; its media must be locked.
 *
 * @returns whether there was one
 */
export async function failVersion(
  { sequelize }: Mediasdb,
  { mediaId, versionId }: RenderJob,
  { code, reason, attempts }: Pick<DeadJob, 'code' | 'reason' | 'attempts'>,
  transaction: Transaction,
): Promise<boolean> {
  const failed = await sequelize.query(
    `WITH failed AS (
       UPDATE media_version
       SET status = 'failed', error_code = :code, error_message = :reason, completed_at = now()
       WHERE id = :versionId AND media_id = :mediaId AND status IN ('queued', 'processing') RETURNING id, media_id
     )
     INSERT INTO event (media_id, version_id, type, data)
     SELECT media_id, id, 'failed', CAST(:told AS jsonb) FROM failed RETURNING id`,
    {
      replacements: {
        mediaId,
        versionId,
        code: storable(code),
        reason: storable(reason),
        told: storableJson({ code, message: reason, attempts }),
      },
      type: QueryTypes.SELECT,
      transaction,
    },
  )
  return failed.length > 0
}

/** Lets the next job of a version that stayed ready begin with none of the starts that this one did not finish. */
export async function resetAttempts(
  { sequelize }: Mediasdb,
  versionId: string,
  transaction: Transaction,
): Promise<void> {
  await sequelize.query(
    `UPDATE media_version SET attempts = 0, starts = '[]' WHERE id = :versionId AND status = 'ready' AND attempts > 0`,
    { replacements: { versionId }, transaction },
  )
}
