import { keys } from '@likeness/media-files'
import { lockSource } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { condemnUnreferenced, deleteBlobRow, isSourceLive, type BlobRow } from './blob-rows.ts'

type Needs = Pick<Context, 'database' | 'mediasdb' | 'store' | 'logger'>

/** Frees the bytes of blobs that no version refers to any more, and every rendition made of them. */
export async function releaseBlobs(context: Needs, blobIds: string[]): Promise<void> {
  for (const blob of await condemnUnreferenced(context.mediasdb, blobIds)) await deleteBytes(context, blob)
}

/**
 * Deletes a condemned blob: object first, row last, so that a fault in between is found and finished later. Renditions
 * are named after the bytes, not the blob: they stay where the same bytes have come in again meanwhile.
 */
export async function deleteBytes({ database, mediasdb, store, logger }: Needs, blob: BlobRow): Promise<void> {
  await database.transaction(async (transaction) => {
    await lockSource(database, blob.sha256, transaction)
    await store.delete(blob.store_key)
    if (!(await isSourceLive(mediasdb, blob.sha256, transaction))) {
      await store.deletePrefix(keys.renditionPrefix(blob.sha256))
    }
    await deleteBlobRow(mediasdb, blob.id, transaction)
  })
  logger.info({ event: 'blob.deleted', blobId: blob.id })
}
