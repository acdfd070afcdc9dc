import type { FleetModel, MediasdbUnit } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** The number of slots per worker, or null for each worker's own setting. Locks the row until the transaction ends. */
export async function lockSlots(unit: MediasdbUnit): Promise<number | null> {
  const row = await unit.row<Pick<Attributes<FleetModel>, 'slots'>>('SELECT slots FROM fleet FOR UPDATE')
  return row?.slots ?? null
}
