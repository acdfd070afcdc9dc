import type { Mediasdb, OwnerState } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

/** What main-service says of an owner. */
export interface ToldOwner {
  state: OwnerState
  /** Only grows; of two that were told, the higher one holds. */
  revision: number
}

export interface KnownOwner extends ToldOwner {
  /** Whether every media of theirs is where their state wants it. */
  done: boolean
}

/** The seed of owners' locks: those of sources have 0. */
const OWNER_LOCK = 1

/**
 * Takes what is said of an owner where it is newer than what is known; who is erased stays erased. Waits for every
 * transaction that has looked at the owner, so that what those write is there when the media are moved.
 *
 * @returns what is known now
 */
export async function recordOwner(mediasdb: Mediasdb, ownerId: string, told: ToldOwner): Promise<KnownOwner> {
  const { sequelize } = mediasdb
  return sequelize.transaction(async (transaction) => {
    await sequelize.query('SELECT pg_advisory_xact_lock(uuid_hash_extended(:ownerId, :seed))', {
      replacements: { ownerId, seed: OWNER_LOCK },
      transaction,
    })
    await sequelize.query(
      `INSERT INTO media_owner AS known (owner_id, state, revision) VALUES (:ownerId, :state, :revision)
       ON CONFLICT (owner_id) DO UPDATE
         SET state = excluded.state, revision = excluded.revision, updated_at = now()
         WHERE known.revision < excluded.revision AND (known.state <> 'erased' OR excluded.state = 'erased')`,
      { replacements: { ownerId, ...told }, transaction },
    )
    return readOwner(mediasdb, ownerId, transaction)
  })
}

/** What is known of an owner of whom something was told. */
export async function readOwner(
  { sequelize }: Mediasdb,
  ownerId: string,
  transaction?: Transaction,
): Promise<KnownOwner> {
  const [known] = await sequelize.query<KnownOwner>(
    `SELECT o.state, o.revision, CASE o.state
       WHEN 'deleted' THEN NOT EXISTS (SELECT FROM media WHERE owner_id = o.owner_id AND trashed_at IS NULL)
       WHEN 'active' THEN NOT EXISTS (SELECT FROM media WHERE owner_id = o.owner_id AND trashed_with_owner)
       ELSE NOT EXISTS (SELECT FROM media WHERE owner_id = o.owner_id) END AS done
     FROM media_owner o WHERE o.owner_id = :ownerId`,
    { replacements: { ownerId }, type: QueryTypes.SELECT, transaction: transaction ?? null },
  )
  if (!known) throw new Error(`Nothing is known of the owner ${ownerId}`)
  return known
}

/**
 * Whether the owner is active, and stays so until the transaction ends. Whoever lets a media of theirs come into sight
 * asks this first.
 */
export async function isOwnerActive(mediasdb: Mediasdb, ownerId: string, transaction: Transaction): Promise<boolean> {
  const known = await holdOwner(mediasdb, ownerId, transaction)
  return known === undefined || known.state === 'active'
}

/** Whether what was told of the owner still holds, and goes on to hold until the transaction ends. */
export async function holdsOfOwner(
  mediasdb: Mediasdb,
  ownerId: string,
  told: ToldOwner,
  transaction: Transaction,
): Promise<boolean> {
  const known = await holdOwner(mediasdb, ownerId, transaction)
  return known?.state === told.state && known.revision === told.revision
}

/** The lock is one by name: of most owners nothing was ever told, and what is not there cannot be locked as a row. */
async function holdOwner(
  { sequelize }: Mediasdb,
  ownerId: string,
  transaction: Transaction,
): Promise<ToldOwner | undefined> {
  await sequelize.query('SELECT pg_advisory_xact_lock_shared(uuid_hash_extended(:ownerId, :seed))', {
    replacements: { ownerId, seed: OWNER_LOCK },
    transaction,
  })
  // A statement of its own: one that waited for the lock would see what was known before.
  const [known] = await sequelize.query<ToldOwner>(
    'SELECT state, revision FROM media_owner WHERE owner_id = :ownerId',
    {
      replacements: { ownerId },
      type: QueryTypes.SELECT,
      transaction,
    },
  )
  return known
}
