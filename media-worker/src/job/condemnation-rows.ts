import { lockSource, type BlobModel, type MediasdbUnit } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** The source of a version. `condemnations` is the count at the time when the version was read. */
type Source = Pick<Attributes<BlobModel>, 'sha256' | 'condemnations'>

/**
 * Locks the source until the transaction ends.
 *
 * @returns whether none of its renditions was condemned since the version was read, so that all renditions stored since
 *   then still exist
 */
export async function lockSourceUnchanged(unit: MediasdbUnit, { sha256, condemnations }: Source): Promise<boolean> {
  await lockSource(unit, sha256)
  // A separate statement, because the statement above took its snapshot before it waited for the lock.
  const changed = await unit.row(
    `SELECT id FROM blob WHERE sha256 = :sha256 AND state = 'live' AND condemnations <> :condemnations`,
    { sha256, condemnations },
  )
  return changed === undefined
}
