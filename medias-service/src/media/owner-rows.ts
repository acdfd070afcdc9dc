import type { MediaOwnerModel, Mediasdb, MediasdbUnit } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** What main-service says of an owner. Revisions only grow: of two, the higher one holds. */
export type ToldOwner = Pick<Attributes<MediaOwnerModel>, 'state' | 'revision'>

export interface KnownOwner extends ToldOwner {
  /** Whether every media of theirs is where their state wants it. */
  done: boolean
}

/** The seed of owners' locks: those of sources have 0. */
const OWNER_LOCK = 1

/**
 * Takes what is said of an owner where it is newer than what is known; an erased owner stays erased. Waits for every
 * transaction that has looked at the owner, so that what those write is there when the media are moved.
 *
 * @returns what is known now
 */
export function recordOwner(mediasdb: Mediasdb, ownerId: string, told: ToldOwner): Promise<KnownOwner> {
  return mediasdb.transaction(async (unit) => {
    await unit.rows('SELECT pg_advisory_xact_lock(uuid_hash_extended(:ownerId, :seed))', { ownerId, seed: OWNER_LOCK })
    await unit.rows(
      `INSERT INTO media_owner AS known (owner_id, state, revision) VALUES (:ownerId, :state, :revision)
       ON CONFLICT (owner_id) DO UPDATE
         SET state = excluded.state, revision = excluded.revision, updated_at = now()
         WHERE known.revision < excluded.revision AND (known.state <> 'erased' OR excluded.state = 'erased')`,
      { ownerId, ...told },
    )
    return readOwner(unit, ownerId)
  })
}

/** What is known of an owner of whom something was told. */
export async function readOwner(mediasdb: MediasdbUnit, ownerId: string): Promise<KnownOwner> {
  const known = await mediasdb.row<KnownOwner>(
    `SELECT o.state, o.revision, CASE o.state
       WHEN 'deleted' THEN NOT EXISTS (SELECT FROM media WHERE owner_id = o.owner_id AND trashed_at IS NULL)
       WHEN 'active' THEN NOT EXISTS (SELECT FROM media WHERE owner_id = o.owner_id AND trashed_with_owner)
       ELSE NOT EXISTS (SELECT FROM media WHERE owner_id = o.owner_id) END AS done
     FROM media_owner o WHERE o.owner_id = :ownerId`,
    { ownerId },
  )
  if (!known) throw new Error(`Nothing is known of the owner ${ownerId}`)
  return known
}

/** Whether the owner is active, and stays so until the transaction ends. Ask this before a media of theirs is shown. */
export async function isOwnerActive(unit: MediasdbUnit, ownerId: string): Promise<boolean> {
  const known = await holdOwner(unit, ownerId)
  return known === undefined || known.state === 'active'
}

/** Whether what was told of the owner still holds, and goes on to hold until the transaction ends. */
export async function holdsOfOwner(unit: MediasdbUnit, ownerId: string, told: ToldOwner): Promise<boolean> {
  const known = await holdOwner(unit, ownerId)
  return known?.state === told.state && known.revision === told.revision
}

/** The lock is one by name: most owners have no row, and a row that is not there cannot be locked. */
async function holdOwner(unit: MediasdbUnit, ownerId: string): Promise<ToldOwner | undefined> {
  await unit.rows('SELECT pg_advisory_xact_lock_shared(uuid_hash_extended(:ownerId, :seed))', {
    ownerId,
    seed: OWNER_LOCK,
  })
  // A statement of its own: one that waited for the lock would see what was known before.
  return unit.MediaOwner.findByPk(ownerId)
}
