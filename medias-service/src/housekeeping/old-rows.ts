import type { CondemnedRenditionModel, Mediasdb } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** Deletes responses that were stored for an Idempotency-Key more than a day ago. */
export async function deleteOldAnswers(mediasdb: Mediasdb): Promise<void> {
  await mediasdb.rows(`DELETE FROM idempotency_key WHERE created_at < now() - interval '24 hours'`)
}

/** Deletes events that are older than 30 days. */
export async function deleteOldEvents(mediasdb: Mediasdb): Promise<void> {
  await mediasdb.rows(`DELETE FROM event WHERE created_at < now() - interval '30 days'`)
}

/** Sources with renditions that were condemned more than a minute ago, the oldest first. */
export async function findCondemnedSources(mediasdb: Mediasdb, limit: number): Promise<string[]> {
  const rows = await mediasdb.rows<Pick<Attributes<CondemnedRenditionModel>, 'sha256'>>(
    `SELECT sha256 FROM condemned_rendition WHERE created_at < now() - interval '1 minute'
     GROUP BY sha256 ORDER BY min(created_at) LIMIT :limit`,
    { limit },
  )
  return rows.map(({ sha256 }) => sha256)
}
