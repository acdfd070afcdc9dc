import type { Mediasdb } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'
import { uuidv7 } from 'uuidv7'

import type { PictureFacts } from '../picture/picture-facts.ts'

/** A size that is to be a row. */
export interface NewSize {
  preset: string
  format: string
  width: number
  height: number
  bytes: number
  storeKey: string
  fingerprint: string
}

/**
 * Completes a version with what is known of its picture.
 *
 * @returns whether it was ready before; null when it is gone
 */
export async function completeVersion(
  { sequelize }: Mediasdb,
  versionId: string,
  facts: PictureFacts,
  transaction: Transaction,
): Promise<boolean | null> {
  const completed = await sequelize.query<{ before: string }>(
    `UPDATE media_version v
     SET status = 'ready', error_code = NULL, error_message = NULL, attempts = 0, starts = '[]', completed_at = now(),
         width = $width, height = $height, format = $format, pages = $pages, animated = $animated,
         has_alpha = $hasAlpha, thumbhash = $thumbhash, dominant_color = $dominantColor,
         camera_make = $cameraMake, camera_model = $cameraModel, taken_at = $takenAt
     FROM (SELECT id, status FROM media_version WHERE id = $versionId FOR UPDATE) before
     WHERE v.id = before.id
     RETURNING before.status AS before`,
    { bind: { versionId, ...facts }, type: QueryTypes.SELECT, plain: true, transaction },
  )
  return completed && completed.before === 'ready'
}

/**
 * Makes these the sizes of a version, with those that are kept, and no others: the same rows whether it is done once or
 * fifty times.
 *
 * @returns the keys that its sizes named before
 */
export async function replaceSizes(
  { sequelize }: Mediasdb,
  versionId: string,
  { sizes, kept }: { sizes: NewSize[]; kept: { preset: string; format: string }[] },
  transaction: Transaction,
): Promise<string[]> {
  const rows = JSON.stringify(sizes.map((size) => ({ id: uuidv7(), ...size })))
  const before = await sequelize.query<{ storeKey: string }>(
    `WITH new AS (
       SELECT * FROM jsonb_to_recordset($rows::jsonb)
         AS size(id uuid, preset text, format text, width int, height int, bytes bigint, "storeKey" text, fingerprint text)
     ), staying AS (
       SELECT preset, format FROM new
       UNION ALL SELECT preset, format FROM jsonb_to_recordset($kept::jsonb) AS size(preset text, format text)
     ), obsolete AS (
       DELETE FROM media_size s WHERE s.version_id = $versionId
         AND NOT EXISTS (SELECT FROM staying WHERE staying.preset = s.preset AND staying.format = s.format)
     ), written AS (
       INSERT INTO media_size (id, version_id, preset, format, width, height, bytes, store_key, fingerprint)
       SELECT id, $versionId, preset, format, width, height, bytes, "storeKey", fingerprint FROM new
       ON CONFLICT (version_id, preset, format) DO UPDATE
         SET width = excluded.width, height = excluded.height, bytes = excluded.bytes, store_key = excluded.store_key,
             fingerprint = excluded.fingerprint, created_at = now()
     )
     SELECT DISTINCT store_key AS "storeKey" FROM media_size WHERE version_id = $versionId`,
    { bind: { versionId, rows, kept: JSON.stringify(kept) }, type: QueryTypes.SELECT, transaction },
  )
  return before.map(({ storeKey }) => storeKey)
}

/** Tells of every size, and of the version when it became ready just now. */
export async function tellReady(
  { sequelize }: Mediasdb,
  version: { id: string; mediaId: string },
  told: { sizes: NewSize[]; becameReady: boolean },
  transaction: Transaction,
): Promise<void> {
  const events = told.sizes.map(({ preset, format, width, height, bytes }) => ({
    type: 'size-ready',
    data: { preset, format, width, height, bytes },
  }))
  const all = told.becameReady ? [...events, { type: 'ready', data: {} }] : events
  await sequelize.query(
    `INSERT INTO event (media_id, version_id, type, data)
     SELECT $mediaId::uuid, $id::uuid, told.event ->> 'type', told.event -> 'data'
     FROM jsonb_array_elements($events::jsonb) WITH ORDINALITY AS told(event, place)
     ORDER BY place`,
    {
      bind: { mediaId: version.mediaId, id: version.id, events: JSON.stringify(all) },
      type: QueryTypes.INSERT,
      transaction,
    },
  )
}
