import { lockSource, type BlobModel, type Mediasdb, type MediasdbUnit } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

export type BlobRow = Pick<Attributes<BlobModel>, 'id' | 'sha256' | 'storeKey'>

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
