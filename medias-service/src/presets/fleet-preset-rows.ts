import type { Preset } from '@likeness/media-jobs'
import type { Mediasdb } from '@likeness/mediasdb'
import { QueryTypes } from 'sequelize'

/** @returns whether they differ from what was there. */
export async function writeFleetPresets({ sequelize }: Mediasdb, presets: readonly Preset[]): Promise<boolean> {
  const changed = await sequelize.query(
    `UPDATE fleet SET presets = CAST(:presets AS jsonb), updated_at = now()
     WHERE presets IS DISTINCT FROM CAST(:presets AS jsonb) RETURNING id`,
    { replacements: { presets: JSON.stringify(presets) }, type: QueryTypes.SELECT },
  )
  return changed.length > 0
}
