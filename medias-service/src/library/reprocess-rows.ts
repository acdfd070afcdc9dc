import type { MediasdbUnit, MediaVersionModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** Maximum number of times that the owner can reprocess a version within a day. */
const MAX_PER_DAY = 3

const isToday = `coalesce(owner_reprocesses_since > now() - interval '1 day', false)`

/**
 * Counts that the owner reprocesses a version. The media must be locked.
 *
 * @returns undefined; the seconds to wait if the owner has reached the maximum
 */
export async function countReprocess(
  unit: MediasdbUnit,
  versionId: Attributes<MediaVersionModel>['id'],
): Promise<number | undefined> {
  const counted = await unit.row(
    `UPDATE media_version SET
       owner_reprocesses = CASE WHEN ${isToday} THEN owner_reprocesses + 1 ELSE 1 END,
       owner_reprocesses_since = CASE WHEN ${isToday} THEN owner_reprocesses_since ELSE now() END
     WHERE id = :versionId AND NOT (${isToday} AND owner_reprocesses >= :max) RETURNING id`,
    { versionId, max: MAX_PER_DAY },
  )
  if (counted) return undefined
  const row = await unit.row<{ seconds: number }>(
    `SELECT ceil(extract(epoch FROM owner_reprocesses_since + interval '1 day' - now()))::integer AS seconds
     FROM media_version WHERE id = :versionId`,
    { versionId },
  )
  return Math.max(1, row?.seconds ?? 1)
}
