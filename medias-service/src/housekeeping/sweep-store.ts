import { keys, type StoredFile } from '@likeness/media-files'

import { findReferencedKeys, retireKey } from '../blobs/blob-rows.ts'
import type { Context } from '../context.ts'

/** Older than every upload, also of an earlier release, which did not note its unfinished work. */
const OLD_MS = 24 * 3_600_000
/** Number of keys in one statement. */
const BATCH = 500

type Needs = Pick<Context, 'store' | 'mediasdb' | 'logger'>

/**
 * Deletes files without rows that `sweepWriters` does not find: those of earlier releases, and those after a loss of power
 * or the restore of a backup.
 */
export async function sweepStore(context: Needs, oldMs = OLD_MS): Promise<void> {
  const { store } = context
  const before = new Date(Date.now() - oldMs)
  const isOld = ({ modifiedAt }: StoredFile) => modifiedAt <= before
  await store.deleteAbandoned(before)
  for await (const file of store.list('incoming/')) {
    // The files of this release are in the folder of their writer.
    if (isOld(file) && file.key.split('/').length === 2) await deleteFile(context, file.key)
  }
  const batch: string[] = []
  for await (const file of store.list('originals/')) {
    if (!isOld(file)) continue
    batch.push(file.key)
    if (batch.length === BATCH) await sweepOriginals(context, batch.splice(0))
  }
  await sweepOriginals(context, batch)
}

/**
 * Deletes originals without rows, except those of uploads that are committing at the moment. The received file of such an
 * upload exists until the commit, so it is looked for before the rows.
 */
async function sweepOriginals(context: Needs, storeKeys: string[]): Promise<void> {
  const { store, mediasdb } = context
  const writers = await store.listWriters()
  const received = new Set(writers.flatMap((writer) => writer.received.map(keys.blobIdOf)))
  const referenced = await findReferencedKeys(mediasdb, storeKeys)
  for (const storeKey of storeKeys) {
    const id = keys.blobIdOf(storeKey)
    if (received.has(id) || referenced.has(storeKey)) continue
    if (await retireKey(mediasdb, { id, storeKey })) await deleteFile(context, storeKey)
  }
}

async function deleteFile({ store, logger }: Needs, key: string): Promise<void> {
  await store.delete(key)
  logger.warn({ event: 'store.swept', key })
}
