import type { Sql } from '@likeness/postgres'

/**
 * Waits for the lock of a source and holds it until the transaction ends. Whoever inserts or condemns a blob, or
 * deletes renditions, does it under this lock, so that "found it present" and "deleted it" cannot cross.
 *
 * @param unit a transaction
 * @param sha256 of the source's bytes, 64 hexadecimal digits
 */
export async function lockSource(unit: Sql, sha256: string): Promise<void> {
  await unit.rows('SELECT pg_advisory_xact_lock(hashtextextended(:sha256, 0))', { sha256 })
}
