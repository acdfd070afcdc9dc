import type { MediasdbUnit, MediaModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

type IdRow = Pick<Attributes<MediaModel>, 'id'>

/**
 * Trashes some media of an owner that are not in the trash. Like the other functions here it passes over rows that
 * another transaction holds, so that it never waits while it holds rows itself.
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

/** Takes some media out of the trash again that were trashed with their owner. */
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
 * Locks some media of an owner that are about to be deleted, trashed or not, and before them their tags: the deletion of
 * a tag takes it from many media in an order of its own, and two such deletions would wait for each other.
 */
export async function lockSomeOfOwner(unit: MediasdbUnit, ownerId: string, limit: number): Promise<string[]> {
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
