import { lockSource, type BlobModel, type Mediasdb, type MediasdbUnit } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

export type BlobRow = Pick<Attributes<BlobModel>, 'id' | 'sha256' | 'storeKey'>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Returns the live blob of these bytes, or inserts the offered blob. Holds the source's lock until the transaction ends,
 * so that the blob cannot be condemned before a version references it.
 */
export async function claimBlob(
  unit: MediasdbUnit,
  offered: BlobRow & Pick<Attributes<BlobModel>, 'bytes'>,
): Promise<{ id: string; inserted: boolean }> {
  await lockSource(unit, offered.sha256)
  const live = await unit.Blob.findOne({ where: { sha256: offered.sha256, state: 'live' } })
  if (live) return { id: live.id, inserted: false }
  await unit.Blob.create(offered)
  return { id: offered.id, inserted: true }
}

/**
 * Prevents that a row ever references this key, unless a row already does. It inserts the blob with the state `gone`, so
 * that a transaction that inserts the blob later fails. It waits for an open transaction that has inserted the blob.
 *
 * @returns whether no row references the key
 */
export async function retireKey(mediasdb: Mediasdb, blob: Pick<BlobRow, 'id' | 'storeKey'>): Promise<boolean> {
  // Somebody else put the file into the store.
  if (!UUID.test(blob.id)) return true
  await mediasdb.rows(
    `INSERT INTO blob (id, sha256, bytes, store_key, state) VALUES (:id, repeat('0', 64), 0, :storeKey, 'gone')
     ON CONFLICT DO NOTHING`,
    blob,
  )
  // A separate statement, because the statement above took its snapshot before it waited.
  const found = await mediasdb.Blob.findByPk(blob.id)
  return found === undefined || found.state === 'gone'
}

/** Deletes the rows of keys that were retired more than a week ago. No process waits that long for its transaction. */
export async function forgetRetiredKeys(mediasdb: Mediasdb): Promise<void> {
  await mediasdb.rows(`DELETE FROM blob WHERE state = 'gone' AND created_at < now() - interval '7 days'`)
}

/** The keys among the given ones that a blob references. */
export async function findReferencedKeys(mediasdb: Mediasdb, storeKeys: string[]): Promise<Set<string>> {
  const rows = await mediasdb.rows<Pick<BlobRow, 'storeKey'>>(
    `SELECT store_key AS "storeKey" FROM blob WHERE store_key = ANY(:storeKeys::text[]) AND state <> 'gone'`,
    { storeKeys },
  )
  return new Set(rows.map(({ storeKey }) => storeKey))
}

/** Condemns the given blobs that no version references any more. @returns the condemned blobs */
export async function condemnUnreferenced(mediasdb: Mediasdb, blobIds: string[]): Promise<BlobRow[]> {
  const condemned: BlobRow[] = []
  for (const id of blobIds) {
    const blob = await mediasdb.transaction((unit) => condemnBlob(unit, id))
    if (blob) condemned.push(blob)
  }
  return condemned
}

async function condemnBlob(unit: MediasdbUnit, id: string): Promise<BlobRow | undefined> {
  const found = await unit.Blob.findByPk(id)
  if (!found) return undefined
  await lockSource(unit, found.sha256)
  return unit.row<BlobRow>(
    `UPDATE blob SET state = 'condemned'
     WHERE id = :id AND state = 'live' AND NOT EXISTS (SELECT FROM media_version WHERE blob_id = blob.id)
     RETURNING id, sha256, store_key AS "storeKey"`,
    { id },
  )
}

/** Live blobs without a version: a process deleted their media, and died before it condemned the blobs. */
export async function findUnreferenced(mediasdb: Mediasdb, limit: number): Promise<string[]> {
  const rows = await mediasdb.rows<Pick<BlobRow, 'id'>>(
    `SELECT id FROM blob
     WHERE state = 'live' AND created_at < now() - interval '1 hour'
       AND NOT EXISTS (SELECT FROM media_version WHERE blob_id = blob.id)
     LIMIT :limit`,
    { limit },
  )
  return rows.map(({ id }) => id)
}
