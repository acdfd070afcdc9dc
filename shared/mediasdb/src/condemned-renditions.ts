import type { Attributes } from '@likeness/postgres'

import { lockSource } from './lock-source.ts'
import type { CondemnedRenditionModel } from './models/condemned-rendition.ts'
import type { Mediasdb, MediasdbUnit } from './open-mediasdb.ts'

/** Long, because the transaction calls the file store for each rendition. No client waits for it. */
const LIMIT_MS = 60_000

/**
 * Condemns each of these renditions that no size references. The source must be locked. Delete the files after the
 * commit, with `deleteCondemnedRenditions`. A worker that renders the same source at the same time tries again.
 *
 * @returns the number of condemned renditions
 */
export async function condemnRenditions(unit: MediasdbUnit, sha256: string, storeKeys: string[]): Promise<number> {
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

/**
 * Deletes the condemned renditions of a source: first the files, then the rows, so that an interrupted deletion can be
 * finished later. It locks the source, so that no new size can reference one of these renditions meanwhile.
 *
 * @param sha256 of the source's bytes
 * @returns the number of condemned renditions
 * @throws the errors of `deleteFile`
 */
export function deleteCondemnedRenditions(
  mediasdb: Mediasdb,
  sha256: string,
  deleteFile: (storeKey: string) => Promise<void>,
): Promise<number> {
  return mediasdb.transaction(
    async (unit) => {
      await lockSource(unit, sha256)
      const condemned = await unit.rows<
        Pick<Attributes<CondemnedRenditionModel>, 'storeKey'> & { isReferenced: boolean }
      >(
        `SELECT store_key AS "storeKey",
                EXISTS (SELECT FROM media_size s WHERE s.store_key = c.store_key) AS "isReferenced"
         FROM condemned_rendition c WHERE c.sha256 = :sha256`,
        { sha256 },
      )
      for (const { storeKey, isReferenced } of condemned) if (!isReferenced) await deleteFile(storeKey)
      await unit.CondemnedRendition.destroy({ where: { sha256 } })
      return condemned.length
    },
    { limitMs: LIMIT_MS },
  )
}
