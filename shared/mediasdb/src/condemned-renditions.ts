import type { Attributes } from '@likeness/postgres'

import { lockSource } from './lock-source.ts'
import type { CondemnedRenditionModel } from './models/condemned-rendition.ts'
import type { Mediasdb } from './open-mediasdb.ts'

/** The file store is called in this transaction, once for each object, and nobody waits for it with a request. */
const LIMIT_MS = 60_000

/**
 * Deletes the condemned renditions of a source: objects first, rows last, so that a fault in between is found and
 * finished later. It holds the source's lock, so that nobody names one of these renditions meanwhile.
 *
 * @param sha256 of the source's bytes
 * @returns how many there were
 * @throws what `deleteObject` throws
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
