import { deleteCondemnedRenditions } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { findCondemnedSources } from './old-rows.ts'

/** Deletes condemned renditions that their worker failed to delete. */
export async function tidyRenditions({ mediasdb, store, logger }: Context, limit: number): Promise<void> {
  for (const sha256 of await findCondemnedSources(mediasdb, limit)) {
    const deleted = await deleteCondemnedRenditions(mediasdb, sha256, (storeKey) => store.delete(storeKey))
    if (deleted > 0) logger.info({ event: 'renditions.tidied', sha256, deleted })
  }
}
