import type { FocalPoint } from '@likeness/media-jobs'
import type { JobStart, Mediasdb } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

/** A version as its job finds it. */
export interface VersionToRender {
  id: string
  mediaId: string
  status: 'queued' | 'processing' | 'ready' | 'failed'
  attempts: number
  /** Those attempts. */
  starts: JobStart[]
  sha256: string
  /** How often renditions of its source had been condemned. */
  condemnations: number
  /** Whether some of those are still to be deleted. */
  hasCondemned: boolean
  /** Of the source. */
  bytes: number
  storeKey: string
  /** As medias-service told it from the first bytes. */
  format: string | null
  focalPoint: FocalPoint | null
  trashed: boolean
  animated: boolean | null
  hasAlpha: boolean | null
  sizes: { preset: string; format: string; fingerprint: string }[]
}

/** Null when the version is gone. */
export async function readVersion(
  { sequelize }: Mediasdb,
  job: { mediaId: string; versionId: string },
): Promise<VersionToRender | null> {
  return sequelize.query<VersionToRender>(
    `SELECT v.id, v.media_id AS "mediaId", v.status, v.attempts, v.starts, b.sha256, b.bytes, b.condemnations,
            EXISTS (SELECT FROM condemned_rendition c WHERE c.sha256 = b.sha256) AS "hasCondemned",
            b.store_key AS "storeKey", v.format,
            CASE WHEN m.focal_x IS NOT NULL THEN jsonb_build_object('x', m.focal_x, 'y', m.focal_y) END AS "focalPoint",
            m.trashed_at IS NOT NULL AS trashed, v.animated, v.has_alpha AS "hasAlpha",
            coalesce((SELECT jsonb_agg(jsonb_build_object('preset', s.preset, 'format', s.format,
                                                          'fingerprint', s.fingerprint))
                      FROM media_size s WHERE s.version_id = v.id), '[]') AS sizes
     FROM media_version v JOIN media m ON m.id = v.media_id JOIN blob b ON b.id = v.blob_id
     WHERE v.id = $versionId AND v.media_id = $mediaId`,
    { bind: job, type: QueryTypes.SELECT, plain: true },
  )
}

/** A start as it is counted. */
interface Counted {
  /** The starts that have not come to a controlled end, this one included. */
  attempts: number
  /** Since the version was queued. */
  ageSeconds: number
}

/**
 * Counts a start of a version's job and tells that it began. A version that is ready stays so while it is rendered anew.
 *
 * @param attempt which start it is, for those who follow the version
 * @returns null when the version is gone
 */
export async function countAttempt(
  { sequelize }: Mediasdb,
  versionId: string,
  start: JobStart,
  attempt: number,
): Promise<Counted | null> {
  return sequelize.query<Counted>(
    `WITH counted AS (
       UPDATE media_version
       SET attempts = attempts + 1, starts = starts || $start::jsonb, started_at = now(),
           status = CASE status WHEN 'ready' THEN 'ready' ELSE 'processing' END
       WHERE id = $versionId AND status <> 'failed'
       RETURNING id, media_id, status, attempts, queued_at
     ), told AS (
       INSERT INTO event (media_id, version_id, type, data)
       SELECT media_id, id, 'processing', $data::jsonb FROM counted WHERE status = 'processing'
     )
     SELECT attempts, extract(epoch FROM now() - queued_at)::float8 AS "ageSeconds" FROM counted`,
    {
      bind: {
        versionId,
        start: JSON.stringify(start),
        data: JSON.stringify({ worker: start.worker, attempt }),
      },
      type: QueryTypes.SELECT,
      plain: true,
    },
  )
}

/** Takes a counted start back: it came to a controlled end without being done. Once, however often it is called. */
export async function takeAttemptBack({ sequelize }: Mediasdb, versionId: string, start: JobStart): Promise<void> {
  await sequelize.query(
    `UPDATE media_version
     SET attempts = greatest(attempts - 1, 0),
         starts = (SELECT coalesce(jsonb_agg(start ORDER BY place), '[]')
                   FROM jsonb_array_elements(starts) WITH ORDINALITY AS each(start, place)
                   WHERE start <> $start::jsonb)
     WHERE id = $versionId AND starts @> jsonb_build_array($start::jsonb)`,
    { bind: { versionId, start: JSON.stringify(start) }, type: QueryTypes.UPDATE },
  )
}

/** How many of these starts ended with their process dead over the picture. */
export function crashesIn(starts: JobStart[]): number {
  return starts.filter(({ crashed }) => crashed).length
}

/**
 * Notes of a counted start that its process died over the picture.
 *
 * @returns how many of the version's starts ended so
 */
export async function noteCrash({ sequelize }: Mediasdb, versionId: string, start: JobStart): Promise<number> {
  const noted = await sequelize.query<{ starts: JobStart[] }>(
    `UPDATE media_version
     SET starts = (SELECT jsonb_agg(CASE WHEN start = $start::jsonb THEN start || '{"crashed": true}' ELSE start END
                                    ORDER BY place)
                   FROM jsonb_array_elements(starts) WITH ORDINALITY AS each(start, place))
     WHERE id = $versionId AND starts @> jsonb_build_array($start::jsonb)
     RETURNING starts`,
    { bind: { versionId, start: JSON.stringify(start) }, type: QueryTypes.SELECT, plain: true },
  )
  return crashesIn(noted?.starts ?? [])
}

/**
 * Tells that a version waits for another start, if the last that was told of it is its start by this worker: who never
 * began, because another worker renders the version, has nothing to tell.
 */
export async function tellQueuedAgain(
  { sequelize }: Mediasdb,
  versionId: string,
  told: { worker: string; error: string; retryInMs: number },
): Promise<void> {
  await sequelize.query(
    `INSERT INTO event (media_id, version_id, type, data)
     SELECT v.media_id, v.id, 'queued', $told::jsonb || jsonb_build_object('attempt', last.data -> 'attempt')
     FROM media_version v, LATERAL (
       SELECT type, data FROM event WHERE media_id = v.media_id AND version_id = v.id ORDER BY id DESC LIMIT 1
     ) last
     WHERE v.id = $versionId AND v.status = 'processing'
       AND last.type = 'processing' AND last.data ->> 'worker' = $worker`,
    { bind: { versionId, told: JSON.stringify(told), worker: told.worker }, type: QueryTypes.INSERT },
  )
}

/** Locks the media until the transaction ends; false when it is gone or in the trash. */
export async function lockMedia({ sequelize }: Mediasdb, mediaId: string, transaction: Transaction): Promise<boolean> {
  const found = await sequelize.query<{ trashed: boolean }>(
    'SELECT trashed_at IS NOT NULL AS trashed FROM media WHERE id = $mediaId FOR UPDATE',
    { bind: { mediaId }, type: QueryTypes.SELECT, plain: true, transaction },
  )
  return found !== null && !found.trashed
}
