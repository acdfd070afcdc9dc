import { keys, StoreUnavailableError } from '@likeness/media-files'
import type { MediasdbUnit } from '@likeness/mediasdb'
import { isDatabaseUnavailable, violatedConstraint } from '@likeness/postgres'

import type { Context } from '../context.ts'
import type { ReceivedFile } from '../ingest/received-file.ts'
import { claimBlob } from './blob-rows.ts'

/**
 * Copies received bytes to their blob, and writes the rows that reference it in one transaction.
 *
 * The bytes are copied first, so that no row ever references missing bytes and no transaction stays open during a store
 * call. The received file stays until the commit: if the process is killed before, others find the file, and know that
 * its copy may have no row. If the transaction fails, or the same bytes are already stored, the copy is deleted.
 *
 * @throws StoreUnavailableError if this process did not run for so long that others have deleted the copy
 */
export async function keepBytes<Result>(
  { mediasdb, store, logger, unsettled }: Context,
  { id, key, sha256, bytes }: ReceivedFile,
  writeRows: (blobId: string, unit: MediasdbUnit) => Promise<Result>,
): Promise<Result> {
  const storeKey = keys.originalKey(id)
  // A failure here does not change the result, because the file is settled later.
  const deleteFile = (fileKey: string) =>
    store.delete(fileKey).catch((error: unknown) => {
      logger.warn({ event: 'store.left-behind', key: fileKey, error })
      unsettled.add(key)
    })
  let hasBegun = false
  try {
    await store.copy(key, storeKey)
    const { result, inserted } = await mediasdb.transaction(async (unit) => {
      hasBegun = true
      const blob = await claimBlob(unit, { id, sha256, bytes, storeKey })
      return { result: await writeRows(blob.id, unit), inserted: blob.inserted }
    })
    if (!inserted) await deleteFile(storeKey)
    await deleteFile(key)
    return result
  } catch (error) {
    // If the connection was lost during the commit, the rows may exist.
    if (hasBegun && isDatabaseUnavailable(error)) unsettled.add(key)
    else await deleteFile(storeKey)
    if (violatedConstraint(error) === 'blob_pkey')
      throw new StoreUnavailableError('Deleted meanwhile', { cause: error })
    throw error
  }
}
