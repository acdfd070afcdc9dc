import type { Attributes } from '@likeness/postgres'

import { lockSource } from './lock-source.ts'
import type { CondemnedRenditionModel } from './models/condemned-rendition.ts'
import type { Mediasdb } from './open-mediasdb.ts'

/** Long, because the transaction calls the file store for each rendition. No client waits for it. */
const LIMIT_MS = 60_000

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
