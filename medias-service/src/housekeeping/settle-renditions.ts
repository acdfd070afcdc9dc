import { keys } from '@likeness/media-files'
import { condemnRenditions, deleteCondemnedRenditions, lockSource } from '@likeness/mediasdb'

import type { Context } from '../context.ts'

/** Deletes the renditions of a source that no size references. A worker that is storing some of them tries again. */
export async function settleRenditions({ mediasdb, store, logger }: Context, sha256: string): Promise<void> {
  const storeKeys: string[] = []
  for await (const { key } of store.list(keys.renditionPrefix(sha256))) storeKeys.push(key)
  const condemned = await mediasdb.transaction(async (unit) => {
    await lockSource(unit, sha256)
    return condemnRenditions(unit, sha256, storeKeys)
  })
  if (condemned === 0) return
  await deleteCondemnedRenditions(mediasdb, sha256, (storeKey) => store.delete(storeKey))
  logger.info({ event: 'renditions.settled', sha256, deleted: condemned })
}
