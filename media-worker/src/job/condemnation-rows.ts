import { lockSource, type Mediasdb } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

interface Source {
  sha256: string
  /** How often renditions of it had been condemned when the version was read. */
  condemnations: number
}

/**
 * Holds the source until the transaction ends, and says whether everything that was stored of it since the version was
 * read is there for certain: nothing of it was condemned meanwhile.
 */
export async function holdSource({ sequelize }: Mediasdb, source: Source, transaction: Transaction): Promise<boolean> {
  const { sha256, condemnations } = source
  await lockSource(sequelize, sha256, transaction)
  // A statement of its own: one that waited for the lock would see the count of before.
  const changed = await sequelize.query(
    `SELECT 1 FROM blob WHERE sha256 = $sha256 AND state = 'live' AND condemnations <> $condemnations`,
    { bind: { sha256, condemnations }, type: QueryTypes.SELECT, plain: true, transaction },
  )
  return changed === null
}

/**
 * Condemns those of these renditions that no size names; the source's lock must be held. Their objects go after the
 * commit, through `deleteCondemnedRenditions`.
 *
 * @returns how many were condemned
 */
export async function condemnUnnamed(
  { sequelize }: Mediasdb,
  sha256: string,
  storeKeys: string[],
  transaction: Transaction,
): Promise<number> {
  if (storeKeys.length === 0) return 0
  const condemned = await sequelize.query(
    `WITH condemned AS (
       INSERT INTO condemned_rendition (store_key, sha256)
       SELECT DISTINCT old.key, $sha256 FROM unnest($storeKeys::text[]) AS old(key)
       WHERE NOT EXISTS (SELECT FROM media_size s WHERE s.store_key = old.key)
       ON CONFLICT DO NOTHING RETURNING store_key
     ), counted AS (
       UPDATE blob SET condemnations = condemnations + 1
       WHERE sha256 = $sha256 AND state = 'live' AND EXISTS (SELECT FROM condemned)
     )
     SELECT store_key FROM condemned`,
    { bind: { sha256, storeKeys }, type: QueryTypes.SELECT, transaction },
  )
  return condemned.length
}
