import type { Sql } from '@likeness/postgres'

/**
 * Sets the current version of each media: the newest ready version, or the newest version if none is ready. The media gets
 * the status and the type of the current version. Call this function in every transaction that adds, completes or fails a
 * version. Lock the rows of the media first.
 */
export async function settleCurrentVersions(unit: Sql, mediaIds: readonly string[]): Promise<void> {
  if (mediaIds.length === 0) return
  await unit.rows(
    `UPDATE media m
     SET current_version_id = current.id, updated_at = now(),
         status = CASE current.status WHEN 'queued' THEN 'processing' ELSE current.status END,
         mime_type = CASE WHEN current.format IS NULL THEN m.mime_type
                          WHEN current.format = 'svg' THEN 'image/svg+xml'
                          ELSE 'image/' || current.format END
     FROM (SELECT DISTINCT ON (media_id) media_id, id, status, format FROM media_version
           WHERE media_id = ANY (:mediaIds::uuid[])
           ORDER BY media_id, status = 'ready' DESC, number DESC) current
     WHERE m.id = current.media_id`,
    { mediaIds },
  )
}

/** Sets the current version of one media, as `settleCurrentVersions` does. */
export async function settleCurrentVersion(unit: Sql, mediaId: string): Promise<void> {
  await settleCurrentVersions(unit, [mediaId])
}
