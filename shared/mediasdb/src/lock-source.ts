import type { Sql } from '@likeness/postgres'

/**
 * Locks a source until the transaction ends. A transaction needs this lock to insert or condemn a blob or to delete
 * renditions. So no bytes are deleted while another transaction starts to reference them.
 *
 * @param unit a transaction
 * @param sha256 of the source's bytes, 64 hexadecimal digits
 */
export async function lockSource(unit: Sql, sha256: string): Promise<void> {
  await unit.rows('SELECT pg_advisory_xact_lock(hashtextextended(:sha256, 0))', { sha256 })
}
