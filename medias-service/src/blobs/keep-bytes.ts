import { keys } from '@likeness/media-files'
import type { MediasdbUnit } from '@likeness/mediasdb'
import { isDatabaseUnavailable } from '@likeness/postgres'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../context.ts'
import type { ReceivedFile } from '../ingest/received-file.ts'
import { claimBlob } from './blob-rows.ts'

/**
 * Moves received bytes to their blob, and writes the rows that reference it in one transaction.
 *
 * The bytes are moved first, so that no row ever references missing bytes and no transaction stays open during a store
 * call. If the transaction fails, or the same bytes are already stored, the moved bytes are deleted.
 */
export async function keepBytes<Result>(
  { mediasdb, store, logger }: Context,
  file: ReceivedFile,
  writeRows: (blobId: string, unit: MediasdbUnit) => Promise<Result>,
): Promise<Result> {
  const id = uuidv7()
  const storeKey = keys.originalKey(id)
  await store.move(file.key, storeKey)
  // A failure here does not change the result, because housekeeping deletes the remaining bytes.
  const release = () =>
    store.delete(storeKey).catch((error: unknown) => logger.warn({ event: 'store.left-behind', storeKey, error }))
  try {
    const { result, inserted } = await mediasdb.transaction(async (unit) => {
      const { sha256, bytes } = file
      const blob = await claimBlob(unit, { id, sha256, bytes, storeKey })
      return { result: await writeRows(blob.id, unit), inserted: blob.inserted }
    })
    if (!inserted) await release()
    return result
  } catch (error) {
    // If the connection was lost during the commit, the rows may exist. So the bytes stay; housekeeping deletes them if
    // no row references them.
    if (!isDatabaseUnavailable(error)) await release()
    throw error
  }
}
