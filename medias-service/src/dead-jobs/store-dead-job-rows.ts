import type { DeadJob, RenderJob } from '@likeness/media-jobs'
import { recordEventsFrom, type MediasdbUnit } from '@likeness/mediasdb'
import { storable, storableJson } from '@likeness/postgres'

/** @returns false if this message was stored before, even if its dead job has been requeued or discarded since */
export async function insertDeadJob(
  unit: MediasdbUnit,
  { id, job, isJob, payload, code, reason, routingKey, attempts }: DeadJob,
): Promise<boolean> {
  const rows = await unit.rows(
    `INSERT INTO dead_job (id, media_id, version_id, code, reason, routing_key, is_job, payload, attempts)
     SELECT :id::uuid, :mediaId::uuid, :versionId::uuid, :code::text, :reason::text, :routingKey::text,
            :isJob::boolean, :payload::jsonb, :attempts::jsonb
     WHERE NOT EXISTS (SELECT FROM dead_job_end WHERE id = :id::uuid)
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    {
      id,
      mediaId: job?.mediaId ?? null,
      versionId: job?.versionId ?? null,
      code: storable(code),
      reason: storable(reason),
      routingKey,
      isJob,
      payload: storableJson(payload),
      attempts: storableJson(attempts),
    },
  )
  return rows.length > 0
}

/**
 * Fails a version that is not ready, and records an event with every attempt. The media must be locked.
 *
 * @returns whether the version failed
 */
export async function failVersion(
  unit: MediasdbUnit,
  { mediaId, versionId }: RenderJob,
  { code, reason, attempts }: Pick<DeadJob, 'code' | 'reason' | 'attempts'>,
): Promise<boolean> {
  const failed = await unit.rows(
    `WITH failed AS (
       UPDATE media_version
       SET status = 'failed', error_code = :code, error_message = :reason, completed_at = now()
       WHERE id = :versionId AND media_id = :mediaId AND status IN ('queued', 'processing') RETURNING id, media_id
     )
     ${recordEventsFrom(`SELECT media_id, id, 'failed', :data::jsonb FROM failed`)} RETURNING id`,
    {
      mediaId,
      versionId,
      code: storable(code),
      reason: storable(reason),
      data: storableJson({ code, message: reason, attempts }),
    },
  )
  return failed.length > 0
}
