import type { Preset } from '@likeness/media-jobs'
import type { Mediasdb } from '@likeness/mediasdb'

/** Stores the presets for all workers. @returns whether they changed */
export async function writeFleetPresets(mediasdb: Mediasdb, presets: readonly Preset[]): Promise<boolean> {
  const changed = await mediasdb.rows(
    `UPDATE fleet SET presets = :presets::jsonb, updated_at = now()
     WHERE presets IS DISTINCT FROM :presets::jsonb RETURNING id`,
    { presets: JSON.stringify(presets) },
  )
  return changed.length > 0
}
