import type { Attributes } from '@likeness/postgres'

import { lockSource } from './lock-source.ts'
import type { CondemnedRenditionModel } from './models/condemned-rendition.ts'
import type { Mediasdb } from './open-mediasdb.ts'

/** The transaction calls the file store for each object, and no client waits for it. */
const LIMIT_MS = 60_000

/**
 * Deletes the condemned renditions of a source: first the objects, then the rows, so that an interrupted deletion can
 * be finished later. It locks the source, so that no new size can refer to one of these renditions meanwhile.
 *
 * @param sha256 of the source's bytes
 * @returns the number of condemned renditions
 * @throws the errors of `deleteObject`
 */
export function deleteCondemnedRenditions(
  mediasdb: Mediasdb,
  sha256: string,
  deleteObject: (storeKey: string) => Promise<void>,
): Promise<number> {
  return mediasdb.transaction(
    async (unit) => {
      await lockSource(unit, sha256)
      const condemned = await unit.rows<Pick<Attributes<CondemnedRenditionModel>, 'storeKey'> & { isNamed: boolean }>(
        `SELECT store_key AS "storeKey",
                EXISTS (SELECT FROM media_size s WHERE s.store_key = c.store_key) AS "isNamed"
         FROM condemned_rendition c WHERE c.sha256 = :sha256`,
        { sha256 },
      )
      for (const { storeKey, isNamed } of condemned) if (!isNamed) await deleteObject(storeKey)
      await unit.CondemnedRendition.destroy({ where: { sha256 } })
      return condemned.length
    },
    { limitMs: LIMIT_MS },
  )
}
