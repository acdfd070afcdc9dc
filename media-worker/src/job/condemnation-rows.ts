import { lockSource, type BlobModel, type MediasdbUnit } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** The source of a version. `condemnations` is the count at the time when the version was read. */
type Source = Pick<Attributes<BlobModel>, 'sha256' | 'condemnations'>

/**
 * Locks the source until the transaction ends.
 *
 * @returns whether none of its renditions was condemned since the version was read, so that all renditions stored since
 *   then still exist
 */
export async function lockSourceUnchanged(unit: MediasdbUnit, { sha256, condemnations }: Source): Promise<boolean> {
  await lockSource(unit, sha256)
  // A separate statement, because the statement above took its snapshot before it waited for the lock.
  const changed = await unit.row(
    `SELECT id FROM blob WHERE sha256 = :sha256 AND state = 'live' AND condemnations <> :condemnations`,
    { sha256, condemnations },
  )
  return changed === undefined
}

/**
 * Condemns each of these renditions that no size references. The source must be locked. Delete the files after the
 * commit, with `deleteCondemnedRenditions`.
 *
 * @returns the number of condemned renditions
 */
export async function condemnUnreferenced(unit: MediasdbUnit, sha256: string, storeKeys: string[]): Promise<number> {
  if (storeKeys.length === 0) return 0
  const condemned = await unit.rows(
    `WITH condemned AS (
       INSERT INTO condemned_rendition (store_key, sha256)
       SELECT DISTINCT old.key, :sha256::text FROM unnest(:storeKeys::text[]) AS old(key)
       WHERE NOT EXISTS (SELECT FROM media_size s WHERE s.store_key = old.key)
       ON CONFLICT DO NOTHING RETURNING store_key
     ), counted AS (
       UPDATE blob SET condemnations = condemnations + 1
       WHERE sha256 = :sha256::text AND state = 'live' AND EXISTS (SELECT FROM condemned)
     )
     SELECT store_key FROM condemned`,
    { sha256, storeKeys },
  )
  return condemned.length
}
