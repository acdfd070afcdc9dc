import { keys } from '@likeness/media-files'
import type { MediasdbUnit } from '@likeness/mediasdb'
import { isDatabaseAway } from '@likeness/postgres'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../context.ts'
import type { ReceivedFile } from '../ingest/received-file.ts'
import { claimBlob } from './blob-rows.ts'

/**
 * Moves received bytes to their blob and writes the rows that refer to it, in one transaction.
 *
 * The bytes come first, so that no row ever names what is not there, and no transaction stays open around a store
 * call. When the rows fail, or the same bytes are kept already, the moved ones are released.
 */
export async function keepBytes<Result>(
  { mediasdb, store, logger }: Context,
  file: ReceivedFile,
  writeRows: (blobId: string, unit: MediasdbUnit) => Promise<Result>,
): Promise<Result> {
  const id = uuidv7()
  const storeKey = keys.originalKey(id)
  await store.move(file.key, storeKey)
  // What the rows have become is told, whatever becomes of this: housekeeping finds what stays behind.
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
    // A connection lost at the commit leaves open whether the rows are there: then the bytes stay, and housekeeping
    // deletes them once it can see that no row names them.
    if (!isDatabaseAway(error)) await release()
    throw error
  }
}
