import { recordEvents, type MediaSizeModel, type MediasdbUnit, type MediaVersionModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'
import { uuidv7 } from 'uuidv7'

import type { PictureFacts } from '../picture/picture-facts.ts'

/** A size to insert. */
export type NewSize = Omit<Attributes<MediaSizeModel>, 'id' | 'versionId' | 'createdAt'>

/**
 * Makes a version ready and stores the facts of its picture.
 *
 * @returns whether the version was ready before; null when it is deleted
 */
export async function completeVersion(
  unit: MediasdbUnit,
  versionId: string,
  facts: PictureFacts,
): Promise<boolean | null> {
  const completed = await unit.row<{ before: Attributes<MediaVersionModel>['status'] }>(
    `UPDATE media_version v
     SET status = 'ready', error_code = NULL, error_message = NULL, attempts = 0, starts = '[]', completed_at = now(),
         width = :width, height = :height, format = :format, pages = :pages, animated = :animated,
         has_alpha = :hasAlpha, thumbhash = :thumbhash, dominant_color = :dominantColor,
         camera_make = :cameraMake, camera_model = :cameraModel, taken_at = :takenAt
     FROM (SELECT id, status FROM media_version WHERE id = :versionId FOR UPDATE) before
     WHERE v.id = before.id
     RETURNING before.status AS before`,
    { versionId, ...facts },
  )
  return completed ? completed.before === 'ready' : null
}

/**
 * Writes the new sizes of a version, and deletes its other sizes except `kept`. Idempotent.
 *
 * @returns the store keys of the previous sizes
 */
export async function replaceSizes(
  unit: MediasdbUnit,
  versionId: string,
  { sizes, kept }: { sizes: NewSize[]; kept: Pick<NewSize, 'preset' | 'format'>[] },
): Promise<string[]> {
  const rows = JSON.stringify(sizes.map((size) => ({ id: uuidv7(), ...size })))
  const before = await unit.rows<Pick<NewSize, 'storeKey'>>(
    `WITH new AS (
       SELECT * FROM jsonb_to_recordset(:rows::jsonb)
         AS size(id uuid, preset text, format text, width int, height int, bytes bigint, "storeKey" text, fingerprint text)
     ), staying AS (
       SELECT preset, format FROM new
       UNION ALL SELECT preset, format FROM jsonb_to_recordset(:kept::jsonb) AS size(preset text, format text)
     ), obsolete AS (
       DELETE FROM media_size s WHERE s.version_id = :versionId::uuid
         AND NOT EXISTS (SELECT FROM staying WHERE staying.preset = s.preset AND staying.format = s.format)
     ), written AS (
       INSERT INTO media_size (id, version_id, preset, format, width, height, bytes, store_key, fingerprint)
       SELECT id, :versionId::uuid, preset, format, width, height, bytes, "storeKey", fingerprint FROM new
       ON CONFLICT (version_id, preset, format) DO UPDATE
         SET width = excluded.width, height = excluded.height, bytes = excluded.bytes, store_key = excluded.store_key,
             fingerprint = excluded.fingerprint, created_at = now()
     )
     SELECT DISTINCT store_key AS "storeKey" FROM media_size WHERE version_id = :versionId::uuid`,
    { versionId, rows, kept: JSON.stringify(kept) },
  )
  return before.map(({ storeKey }) => storeKey)
}

/** Records an event for every size, and an event for the version if it has just become ready. */
export async function recordReady(
  unit: MediasdbUnit,
  { id: versionId, mediaId }: { id: string; mediaId: string },
  { sizes, becameReady }: { sizes: NewSize[]; becameReady: boolean },
): Promise<void> {
  const sizeEvents = sizes.map(({ preset, format, width, height, bytes }) => {
    return { mediaId, versionId, type: 'size-ready' as const, data: { preset, format, width, height, bytes } }
  })
  const readyEvents = becameReady ? [{ mediaId, versionId, type: 'ready' as const }] : []
  await recordEvents(unit, [...sizeEvents, ...readyEvents])
}
