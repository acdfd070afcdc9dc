import { lockSource, type Mediasdb } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

export interface BlobRow {
  id: string
  sha256: string
  store_key: string
}

/**
 * The live blob of these bytes, or the one offered, inserted. Under the source's lock until the transaction ends, so
 * that it cannot be condemned before something refers to it.
 */
export async function claimBlob(
  { sequelize, Blob }: Mediasdb,
  offered: { id: string; sha256: string; bytes: number; storeKey: string },
  transaction: Transaction,
): Promise<{ id: string; inserted: boolean }> {
  await lockSource(sequelize, offered.sha256, transaction)
  const [live] = await sequelize.query<{ id: string }>(
    `SELECT id FROM blob WHERE sha256 = :sha256 AND state = 'live'`,
    { replacements: { sha256: offered.sha256 }, type: QueryTypes.SELECT, transaction },
  )
  if (live) return { id: live.id, inserted: false }
  await Blob.create(offered, { transaction })
  return { id: offered.id, inserted: true }
}

/** Condemns those of the blobs that no version refers to any more. */
export async function condemnUnreferenced(mediasdb: Mediasdb, blobIds: string[]): Promise<BlobRow[]> {
  const condemned: BlobRow[] = []
  for (const id of blobIds) {
    const blob = await mediasdb.sequelize.transaction((transaction) => condemnBlob(mediasdb, id, transaction))
    if (blob) condemned.push(blob)
  }
  return condemned
}

async function condemnBlob(
  { sequelize }: Mediasdb,
  id: string,
  transaction: Transaction,
): Promise<BlobRow | undefined> {
  const [found] = await sequelize.query<BlobRow>('SELECT id, sha256, store_key FROM blob WHERE id = :id', {
    replacements: { id },
    type: QueryTypes.SELECT,
    transaction,
  })
  if (!found) return undefined
  await lockSource(sequelize, found.sha256, transaction)
  const [condemned] = await sequelize.query<BlobRow>(
    `UPDATE blob SET state = 'condemned'
     WHERE id = :id AND state = 'live' AND NOT EXISTS (SELECT FROM media_version WHERE blob_id = blob.id)
     RETURNING id, sha256, store_key`,
    { replacements: { id }, type: QueryTypes.SELECT, transaction },
  )
  return condemned
}

export async function findCondemned({ sequelize }: Mediasdb, limit: number): Promise<BlobRow[]> {
  return sequelize.query<BlobRow>(
    `SELECT id, sha256, store_key FROM blob WHERE state = 'condemned' ORDER BY created_at LIMIT :limit`,
    { replacements: { limit }, type: QueryTypes.SELECT },
  )
}

/** Live blobs that nothing refers to: their media went, and the process that would have condemned them too. */
export async function findUnreferenced({ sequelize }: Mediasdb, limit: number): Promise<string[]> {
  const rows = await sequelize.query<{ id: string }>(
    `SELECT id FROM blob
     WHERE state = 'live' AND created_at < now() - interval '1 hour'
       AND NOT EXISTS (SELECT FROM media_version WHERE blob_id = blob.id)
     LIMIT :limit`,
    { replacements: { limit }, type: QueryTypes.SELECT },
  )
  return rows.map(({ id }) => id)
}

export async function isSourceLive(
  { sequelize }: Mediasdb,
  sha256: string,
  transaction: Transaction,
): Promise<boolean> {
  const rows = await sequelize.query(`SELECT FROM blob WHERE sha256 = :sha256 AND state = 'live'`, {
    replacements: { sha256 },
    type: QueryTypes.SELECT,
    transaction,
  })
  return rows.length > 0
}

export async function deleteBlobRow({ Blob }: Mediasdb, id: string, transaction: Transaction): Promise<void> {
  await Blob.destroy({ where: { id, state: 'condemned' }, transaction })
}
