import { keys } from '@likeness/media-files'
import { lockSource } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { condemnUnreferenced, type BlobRow } from './blob-rows.ts'

/** Longer than the limit of other transactions, because this transaction waits for the file store. */
const DELETE_MS = 60_000

type Needs = Pick<Context, 'mediasdb' | 'store' | 'logger'>

/** Deletes the bytes and the renditions of the given blobs that no version references any more. */
export async function releaseBlobs(context: Needs, blobIds: string[]): Promise<void> {
  for (const blob of await condemnUnreferenced(context.mediasdb, blobIds)) await deleteBytes(context, blob)
}

/**
 * Deletes a condemned blob: first the bytes, then the row, so that housekeeping can finish an interrupted deletion. The
 * keys of renditions depend on the bytes, not on the blob: renditions stay if the same bytes were uploaded again.
 */
export async function deleteBytes({ mediasdb, store, logger }: Needs, blob: BlobRow): Promise<void> {
  const { id, sha256, storeKey } = blob
  await mediasdb.transaction(
    async (unit) => {
      await lockSource(unit, sha256)
      await store.delete(storeKey)
      const isLive = (await unit.Blob.count({ where: { sha256, state: 'live' } })) > 0
      if (!isLive) await store.deletePrefix(keys.renditionPrefix(sha256))
      await unit.Blob.destroy({ where: { id, state: 'condemned' } })
    },
    { limitMs: DELETE_MS },
  )
  logger.info({ event: 'blob.deleted', blobId: id })
}
