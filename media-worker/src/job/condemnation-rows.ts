import { lockSource, type BlobModel, type MediasdbUnit } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** The bytes that a version was made from; `condemnations` as it was when the version was read. */
type Source = Pick<Attributes<BlobModel>, 'sha256' | 'condemnations'>

/**
 * Holds the source until the transaction ends, and says whether everything that was stored of it since the version was
 * read is there for certain: nothing of it was condemned meanwhile.
 */
export async function holdSource(unit: MediasdbUnit, { sha256, condemnations }: Source): Promise<boolean> {
  await lockSource(unit, sha256)
  // A statement of its own: one that waited for the lock would see the count of before.
  const changed = await unit.row(
    `SELECT id FROM blob WHERE sha256 = :sha256 AND state = 'live' AND condemnations <> :condemnations`,
    { sha256, condemnations },
  )
  return changed === undefined
}

/**
 * Condemns those of these renditions that no size names; the source's lock must be held. Delete their objects after the
 * commit, with `deleteCondemnedRenditions`.
 *
 * @returns how many were condemned
 */
export async function condemnUnnamed(unit: MediasdbUnit, sha256: string, storeKeys: string[]): Promise<number> {
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
