import type { Sql } from '../maindb.ts'

/**
 * Stores the names of medias-service's presets.
 *
 * @returns whether they differ from the names that were stored before.
 */
export async function replaceMediaPresets(sql: Sql, names: string[]): Promise<boolean> {
  const changed = await sql.rows(
    `UPDATE media_presets SET names = :names::text[], updated_at = now()
     WHERE names IS DISTINCT FROM :names::text[] RETURNING id`,
    { names },
  )
  return changed.length > 0
}
