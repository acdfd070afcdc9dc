import { deleteCondemnedRenditions } from '@likeness/mediasdb'
import { QueryTypes } from 'sequelize'

import type { Context } from '../context.ts'

/** Deletes renditions that were condemned, and whose worker did not come to delete them. */
export async function tidyRenditions({ mediasdb, database, store, logger }: Context, limit: number): Promise<void> {
  const sources = await database.query<{ sha256: string }>(
    `SELECT sha256 FROM condemned_rendition WHERE created_at < now() - interval '1 minute'
     GROUP BY sha256 ORDER BY min(created_at) LIMIT :limit`,
    { replacements: { limit }, type: QueryTypes.SELECT },
  )
  for (const { sha256 } of sources) {
    const deleted = await deleteCondemnedRenditions(mediasdb, sha256, (storeKey) => store.delete(storeKey))
    if (deleted > 0) logger.info({ event: 'renditions.tidied', sha256, deleted })
  }
}
