import type { FocalPoint, RenderJob } from '@likeness/media-jobs'
import {
  recordEventsFrom,
  type BlobModel,
  type JobStart,
  type MediaSizeModel,
  type Mediasdb,
  type MediasdbUnit,
  type MediaVersionModel,
} from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/**
 * A version and its source at the start of its job. `format` is the format that medias-service detected in the first
 * bytes; `condemnations` counts how often renditions of the source were condemned.
 */
export interface VersionToRender
  extends
    Pick<
      Attributes<MediaVersionModel>,
      'id' | 'mediaId' | 'status' | 'attempts' | 'starts' | 'format' | 'animated' | 'hasAlpha'
    >,
    Pick<Attributes<BlobModel>, 'sha256' | 'condemnations' | 'bytes' | 'storeKey'> {
  /** Whether condemned renditions of the source are not deleted yet. */
  hasCondemned: boolean
  focalPoint: FocalPoint | null
  trashed: boolean
  sizes: Pick<Attributes<MediaSizeModel>, 'preset' | 'format' | 'fingerprint'>[]
}

/** @returns undefined when the version is deleted */
export async function readVersion(
  mediasdb: Mediasdb,
  { mediaId, versionId }: { mediaId: string; versionId: string },
): Promise<VersionToRender | undefined> {
  return mediasdb.row<VersionToRender>(
    `SELECT v.id, v.media_id AS "mediaId", v.status, v.attempts, v.starts, b.sha256, b.bytes, b.condemnations,
            EXISTS (SELECT FROM condemned_rendition c WHERE c.sha256 = b.sha256) AS "hasCondemned",
            b.store_key AS "storeKey", v.format,
            CASE WHEN m.focal_x IS NOT NULL THEN jsonb_build_object('x', m.focal_x, 'y', m.focal_y) END AS "focalPoint",
            m.trashed_at IS NOT NULL AS trashed, v.animated, v.has_alpha AS "hasAlpha",
            coalesce((SELECT jsonb_agg(jsonb_build_object('preset', s.preset, 'format', s.format,
                                                          'fingerprint', s.fingerprint))
                      FROM media_size s WHERE s.version_id = v.id), '[]') AS sizes
     FROM media_version v JOIN media m ON m.id = v.media_id JOIN blob b ON b.id = v.blob_id
     WHERE v.id = :versionId AND v.media_id = :mediaId`,
    { mediaId, versionId },
  )
}

/** A counted start; `attempts` includes it. */
interface Counted extends Pick<Attributes<MediaVersionModel>, 'attempts'> {
  /** Seconds since the version was queued. */
  ageSeconds: number
}

/**
 * Counts a start of a version's job and records the event `processing`. A ready version stays ready while it is
 * rendered again.
 *
 * @param attempt number of the attempt, for the event
 * @returns undefined when the version is deleted
 */
export async function countAttempt(
  mediasdb: Mediasdb,
  versionId: string,
  start: JobStart,
  attempt: number,
): Promise<Counted | undefined> {
  return mediasdb.row<Counted>(
    `WITH counted AS (
       UPDATE media_version
       SET attempts = attempts + 1, starts = starts || :start::jsonb, started_at = now(),
           status = CASE status WHEN 'ready' THEN 'ready' ELSE 'processing' END
       WHERE id = :versionId AND status <> 'failed'
       RETURNING id, media_id, status, attempts, queued_at
     ), recorded AS (
       ${recordEventsFrom(`SELECT media_id, id, 'processing', :data::jsonb FROM counted WHERE status = 'processing'`)}
     )
     SELECT attempts, extract(epoch FROM now() - queued_at)::float8 AS "ageSeconds" FROM counted`,
    { versionId, start: JSON.stringify(start), data: JSON.stringify({ worker: start.worker, attempt }) },
  )
}

/** Reverts the count of a start after a controlled end without success. Idempotent. */
export async function revertAttempt(mediasdb: Mediasdb, versionId: string, start: JobStart): Promise<void> {
  await mediasdb.rows(
    `UPDATE media_version
     SET attempts = greatest(attempts - 1, 0),
         starts = (SELECT coalesce(jsonb_agg(start ORDER BY place), '[]')
                   FROM jsonb_array_elements(starts) WITH ORDINALITY AS each(start, place)
                   WHERE start <> :start::jsonb)
     WHERE id = :versionId AND starts @> jsonb_build_array(:start::jsonb)`,
    { versionId, start: JSON.stringify(start) },
  )
}

/** The number of starts that ended with a crash of the render process. */
export function crashesIn(starts: JobStart[]): number {
  return starts.filter(({ crashed }) => crashed).length
}

/**
 * Records that the render process of a counted start crashed.
 *
 * @returns the number of the version's starts that crashed
 */
export async function recordCrash(mediasdb: Mediasdb, versionId: string, start: JobStart): Promise<number> {
  const recorded = await mediasdb.row<Pick<Attributes<MediaVersionModel>, 'starts'>>(
    `UPDATE media_version
     SET starts = (SELECT jsonb_agg(CASE WHEN start = :start::jsonb THEN start || '{"crashed": true}' ELSE start END
                                    ORDER BY place)
                   FROM jsonb_array_elements(starts) WITH ORDINALITY AS each(start, place))
     WHERE id = :versionId AND starts @> jsonb_build_array(:start::jsonb)
     RETURNING starts`,
    { versionId, start: JSON.stringify(start) },
  )
  return crashesIn(recorded?.starts ?? [])
}

/**
 * Records the event `queued` for a version that waits for a retry, if the version's last event is a start by this worker.
 * A worker that did not start the job, because another worker renders the version, records nothing.
 */
export async function recordRetry(
  mediasdb: Mediasdb,
  { versionId }: RenderJob,
  retry: { worker: string; error: string; retryInMs: number },
): Promise<void> {
  await mediasdb.rows(
    recordEventsFrom(
      `SELECT v.media_id, v.id, 'queued', :retry::jsonb || jsonb_build_object('attempt', last.data -> 'attempt')
       FROM media_version v, LATERAL (
         SELECT type, data FROM event WHERE media_id = v.media_id AND version_id = v.id ORDER BY id DESC LIMIT 1
       ) last
       WHERE v.id = :versionId AND v.status = 'processing'
         AND last.type = 'processing' AND last.data ->> 'worker' = :worker`,
    ),
    { versionId, retry: JSON.stringify(retry), worker: retry.worker },
  )
}

/** Locks the media until the transaction ends. @returns false when it is deleted or in the trash */
export async function lockMedia(unit: MediasdbUnit, mediaId: string): Promise<boolean> {
  const found = await unit.row<{ trashed: boolean }>(
    'SELECT trashed_at IS NOT NULL AS trashed FROM media WHERE id = :mediaId FOR UPDATE',
    { mediaId },
  )
  return found !== undefined && !found.trashed
}
