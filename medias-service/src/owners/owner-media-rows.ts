import type { MediasdbUnit, MediaModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

type IdRow = Pick<Attributes<MediaModel>, 'id'>

/**
 * Trashes up to `limit` media of an owner. Like the other functions in this file, it skips rows that another transaction
 * has locked, so that it never waits while it holds locks itself.
 */
export async function trashWithOwner(unit: MediasdbUnit, ownerId: string, limit: number): Promise<string[]> {
  const rows = await unit.rows<IdRow>(
    `UPDATE media SET trashed_at = now(), trashed_with_owner = true, updated_at = now()
     WHERE id IN (SELECT id FROM media WHERE owner_id = :ownerId AND trashed_at IS NULL
                  LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
     RETURNING id`,
    { ownerId, limit },
  )
  return rows.map(({ id }) => id)
}

/** Restores up to `limit` media that were trashed with their owner. */
export async function restoreWithOwner(unit: MediasdbUnit, ownerId: string, limit: number): Promise<string[]> {
  const rows = await unit.rows<IdRow>(
    `UPDATE media SET trashed_at = NULL, trashed_with_owner = false, updated_at = now()
     WHERE id IN (SELECT id FROM media WHERE owner_id = :ownerId AND trashed_with_owner
                  LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
     RETURNING id`,
    { ownerId, limit },
  )
  return rows.map(({ id }) => id)
}

/**
 * Locks up to `limit` media of an owner before their deletion, trashed or not. Their tags are locked first: deleting a
 * tag locks its media in another order, and the two deletions could deadlock.
 */
export async function lockMediaOfOwner(unit: MediasdbUnit, ownerId: string, limit: number): Promise<string[]> {
  const found = await unit.Media.findAll({ where: { ownerId }, limit })
  if (found.length === 0) return []
  const ids = found.map(({ id }) => id)
  await unit.rows(
    `SELECT FROM media_tag WHERE id IN (SELECT tag_id FROM media_tags_media WHERE media_id = ANY(:ids::uuid[]))
     ORDER BY id FOR KEY SHARE`,
    { ids },
  )
  const locked = await unit.rows<IdRow>('SELECT id FROM media WHERE id = ANY(:ids::uuid[]) FOR UPDATE SKIP LOCKED', {
    ids,
  })
  return locked.map(({ id }) => id)
}
