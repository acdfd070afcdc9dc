import type { Sql } from '@likeness/postgres'

/**
 * Settles which version of each media is current: the newest that is ready or, before any is, the newest of all. The
 * media takes its status and its type from it. Call this in the same transaction whenever a version is completed, failed
 * or added, with the media's row locked.
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

/** The same for one media. */
export async function settleCurrentVersion(unit: Sql, mediaId: string): Promise<void> {
  await settleCurrentVersions(unit, [mediaId])
}
