import type { Mediasdb } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

interface IdRow {
  id: string
}

/**
 * Trashes some media of an owner that are not in the trash. Like the others here it passes over rows that somebody
 * else holds: it waits for nobody while it has rows itself.
 */
export async function trashWithOwner(
  { sequelize }: Mediasdb,
  ownerId: string,
  limit: number,
  transaction: Transaction,
): Promise<string[]> {
  const rows = await sequelize.query<IdRow>(
    `UPDATE media SET trashed_at = now(), trashed_with_owner = true, updated_at = now()
     WHERE id IN (SELECT id FROM media WHERE owner_id = :ownerId AND trashed_at IS NULL
                  LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
     RETURNING id`,
    { replacements: { ownerId, limit }, type: QueryTypes.SELECT, transaction },
  )
  return rows.map(({ id }) => id)
}

/** Takes some of those out of the trash again that went in with their owner. */
export async function restoreWithOwner(
  { sequelize }: Mediasdb,
  ownerId: string,
  limit: number,
  transaction: Transaction,
): Promise<string[]> {
  const rows = await sequelize.query<IdRow>(
    `UPDATE media SET trashed_at = NULL, trashed_with_owner = false, updated_at = now()
     WHERE id IN (SELECT id FROM media WHERE owner_id = :ownerId AND trashed_with_owner
                  LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
     RETURNING id`,
    { replacements: { ownerId, limit }, type: QueryTypes.SELECT, transaction },
  )
  return rows.map(({ id }) => id)
}

/**
 * Locks some media of an owner that are about to be deleted, trashed or not, and before them their tags: who deletes a
 * tag takes it from many media in an order of its own, and two such deletions would wait for each other.
 */
export async function lockSomeOfOwner(
  { sequelize }: Mediasdb,
  ownerId: string,
  limit: number,
  transaction: Transaction,
): Promise<string[]> {
  const found = await sequelize.query<IdRow>('SELECT id FROM media WHERE owner_id = :ownerId LIMIT :limit', {
    replacements: { ownerId, limit },
    type: QueryTypes.SELECT,
    transaction,
  })
  if (found.length === 0) return []
  const ids = found.map(({ id }) => id)
  await sequelize.query(
    `SELECT FROM media_tag WHERE id IN (SELECT tag_id FROM media_tags_media WHERE media_id IN (:ids))
     ORDER BY id FOR KEY SHARE`,
    { replacements: { ids }, transaction },
  )
  const locked = await sequelize.query<IdRow>('SELECT id FROM media WHERE id IN (:ids) FOR UPDATE SKIP LOCKED', {
    replacements: { ids },
    type: QueryTypes.SELECT,
    transaction,
  })
  return locked.map(({ id }) => id)
}
