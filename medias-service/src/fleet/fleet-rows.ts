import type { Mediasdb } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

/** @returns whether it was otherwise before. */
export async function writePaused({ sequelize }: Mediasdb, paused: boolean): Promise<boolean> {
  const changed = await sequelize.query(
    'UPDATE fleet SET paused = :paused, updated_at = now() WHERE paused <> :paused RETURNING id',
    { replacements: { paused }, type: QueryTypes.SELECT },
  )
  return changed.length > 0
}

/** Slots of each worker; null leaves it to each. Locked until the transaction ends. */
export async function lockSlots({ sequelize }: Mediasdb, transaction: Transaction): Promise<number | null> {
  const [row] = await sequelize.query<{ slots: number | null }>('SELECT slots FROM fleet FOR UPDATE', {
    type: QueryTypes.SELECT,
    transaction,
  })
  return row?.slots ?? null
}

export async function writeSlots(
  { sequelize }: Mediasdb,
  slots: number | null,
  transaction: Transaction,
): Promise<void> {
  await sequelize.query('UPDATE fleet SET slots = :slots, updated_at = now()', { replacements: { slots }, transaction })
}
