import { QueryTypes } from 'sequelize'

import { lockSource } from './lock-source.ts'
import type { Mediasdb } from './open-mediasdb.ts'

/**
 * Deletes what is condemned of a source through what is handed in: objects first, rows last, so that a fault in between
 * is found and finished later. Under the source's lock: who is about to name a rendition waits, or is waited for.
 *
 * @param sha256 of the source's bytes
 * @returns how many there were
 * @throws what the deletion throws
 */
export function deleteCondemnedRenditions(
  { sequelize }: Mediasdb,
  sha256: string,
  deleteObject: (storeKey: string) => Promise<void>,
): Promise<number> {
  return sequelize.transaction(async (transaction) => {
    await lockSource(sequelize, sha256, transaction)
    const condemned = await sequelize.query<{ storeKey: string; isNamed: boolean }>(
      `SELECT store_key AS "storeKey",
              EXISTS (SELECT FROM media_size s WHERE s.store_key = c.store_key) AS "isNamed"
       FROM condemned_rendition c WHERE c.sha256 = $sha256`,
      { bind: { sha256 }, type: QueryTypes.SELECT, transaction },
    )
    for (const { storeKey, isNamed } of condemned) if (!isNamed) await deleteObject(storeKey)
    await sequelize.query('DELETE FROM condemned_rendition WHERE sha256 = $sha256', {
      bind: { sha256 },
      type: QueryTypes.DELETE,
      transaction,
    })
    return condemned.length
  })
}
