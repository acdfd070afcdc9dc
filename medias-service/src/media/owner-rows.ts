import type { MediaOwnerModel, Mediasdb, MediasdbUnit } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** An owner's state as main-service reports it. Revisions only increase; the state with the highest one is valid. */
export type ReportedOwner = Pick<Attributes<MediaOwnerModel>, 'state' | 'revision'>

export interface KnownOwner extends ReportedOwner {
  /** Whether all media of the owner match the owner's state. */
  done: boolean
}

/** Hash seed of owners' locks; the locks of sources have seed 0. */
const OWNER_LOCK = 1

/**
 * Stores the state if its revision is newer; `erased` is final. Waits for every transaction that holds the owner's
 * lock, so that the media which these transactions wrote are visible.
 *
 * @returns the stored state
 */
export function recordOwner(mediasdb: Mediasdb, ownerId: string, reported: ReportedOwner): Promise<KnownOwner> {
  return mediasdb.transaction(async (unit) => {
    await unit.rows('SELECT pg_advisory_xact_lock(uuid_hash_extended(:ownerId, :seed))', { ownerId, seed: OWNER_LOCK })
    await unit.rows(
      `INSERT INTO media_owner AS known (owner_id, state, revision) VALUES (:ownerId, :state, :revision)
       ON CONFLICT (owner_id) DO UPDATE
         SET state = excluded.state, revision = excluded.revision, updated_at = now()
         WHERE known.revision < excluded.revision AND (known.state <> 'erased' OR excluded.state = 'erased')`,
      { ownerId, ...reported },
    )
    return readOwner(unit, ownerId)
  })
}

/** The stored state of an owner that main-service has reported. */
export async function readOwner(mediasdb: MediasdbUnit, ownerId: string): Promise<KnownOwner> {
  const known = await mediasdb.row<KnownOwner>(
    `SELECT o.state, o.revision, CASE o.state
       WHEN 'deleted' THEN NOT EXISTS (SELECT FROM media WHERE owner_id = o.owner_id AND trashed_at IS NULL)
       WHEN 'active' THEN NOT EXISTS (SELECT FROM media WHERE owner_id = o.owner_id AND trashed_with_owner)
       ELSE NOT EXISTS (SELECT FROM media WHERE owner_id = o.owner_id) END AS done
     FROM media_owner o WHERE o.owner_id = :ownerId`,
    { ownerId },
  )
  if (!known) throw new Error(`The owner ${ownerId} has no stored state`)
  return known
}

/**
 * Whether the owner is active. The owner's state cannot change until the transaction ends. Call this before adding or
 * restoring a media.
 */
export async function isOwnerActive(unit: MediasdbUnit, ownerId: string): Promise<boolean> {
  const known = await lockOwner(unit, ownerId)
  return known === undefined || known.state === 'active'
}

/** Whether the owner still has the reported state and revision. They cannot change until the transaction ends. */
export async function isOwnerStill(unit: MediasdbUnit, ownerId: string, reported: ReportedOwner): Promise<boolean> {
  const known = await lockOwner(unit, ownerId)
  return known?.state === reported.state && known.revision === reported.revision
}

/** Takes a shared advisory lock, because most owners have no row that could be locked. */
async function lockOwner(unit: MediasdbUnit, ownerId: string): Promise<ReportedOwner | undefined> {
  await unit.rows('SELECT pg_advisory_xact_lock_shared(uuid_hash_extended(:ownerId, :seed))', {
    ownerId,
    seed: OWNER_LOCK,
  })
  // A separate statement, because the snapshot of the first statement is older than the lock.
  return unit.MediaOwner.findByPk(ownerId)
}
