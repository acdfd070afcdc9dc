import type { Sql } from '@likeness/postgres'

/**
 * Locks a source until the transaction ends. Inserting and condemning a blob and deleting renditions require this lock,
 * so that bytes cannot be deleted while another transaction finds them present.
 *
 * @param unit a transaction
 * @param sha256 of the source's bytes, 64 hexadecimal digits
 */
export async function lockSource(unit: Sql, sha256: string): Promise<void> {
  await unit.rows('SELECT pg_advisory_xact_lock(hashtextextended(:sha256, 0))', { sha256 })
}
