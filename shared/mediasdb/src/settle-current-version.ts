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
  await settleCurrentVersions(sequelize, [mediaId], transaction)
}

/** The same for several media at once, each of them locked. */
export async function settleCurrentVersions(
  sequelize: Sequelize,
  mediaIds: readonly string[],
  transaction: Transaction,
): Promise<void> {
  if (mediaIds.length === 0) return
  await sequelize.query(
    `UPDATE media m
     SET current_version_id = current.id, updated_at = now(),
         status = CASE current.status WHEN 'queued' THEN 'processing' ELSE current.status END,
         mime_type = CASE WHEN current.format IS NULL THEN m.mime_type
                          WHEN current.format = 'svg' THEN 'image/svg+xml'
                          ELSE 'image/' || current.format END
     FROM (SELECT DISTINCT ON (media_id) media_id, id, status, format FROM media_version
           WHERE media_id = ANY ($mediaIds::uuid[])
           ORDER BY media_id, status = 'ready' DESC, number DESC) current
     WHERE m.id = current.media_id`,
    { bind: { mediaIds: [...mediaIds] }, type: QueryTypes.UPDATE, transaction },
  )
}
