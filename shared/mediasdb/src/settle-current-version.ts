import { QueryTypes, type Sequelize, type Transaction } from 'sequelize'

/**
 * Settles which version of a media is current: the newest that is ready or, before any is, the newest of all. The media
 * takes its status and its type from it. Whoever completes, fails or adds a version calls this in the same transaction,
 * with the media's row locked.
 */
export async function settleCurrentVersion(
  sequelize: Sequelize,
  mediaId: string,
  transaction: Transaction,
): Promise<void> {
  await sequelize.query(
    `UPDATE media m
     SET current_version_id = current.id, updated_at = now(),
         status = CASE current.status WHEN 'queued' THEN 'processing' ELSE current.status END,
         mime_type = CASE WHEN current.format IS NULL THEN m.mime_type
                          WHEN current.format = 'svg' THEN 'image/svg+xml'
                          ELSE 'image/' || current.format END
     FROM (SELECT id, status, format FROM media_version WHERE media_id = $mediaId
           ORDER BY status = 'ready' DESC, number DESC LIMIT 1) current
     WHERE m.id = $mediaId`,
    { bind: { mediaId }, type: QueryTypes.UPDATE, transaction },
  )
}
