import { expireAudit } from '../audit/audit-rows.ts'
import type { Maindb } from '../maindb.ts'
import { BATCH, deleteExpiredBatch, expiringKinds, type ExpiringKind } from './expired-rows.ts'

/**
 * Deletes expired rows, in batches.
 *
 * @param auditDays days after which entries of the audit trail are deleted, at least 30
 * @returns the number of deleted rows of each kind
 */
export async function deleteExpiredRows(
  maindb: Maindb,
  auditDays: number,
): Promise<Record<ExpiringKind | 'audit', number>> {
  const deleted: Record<ExpiringKind | 'audit', number> = {
    featureBuckets: 0,
    sessions: 0,
    guesses: 0,
    revocations: 0,
    apiKeys: 0,
    idempotencyKeys: 0,
    audit: 0,
  }
  for (const kind of expiringKinds) deleted[kind] = await untilBatchIsShort(() => deleteExpiredBatch(maindb, kind))
  deleted.audit = await untilBatchIsShort(() => expireAudit(maindb, auditDays, BATCH))
  return deleted
}

/** @returns the sum of all batches. */
async function untilBatchIsShort(deleteBatch: () => Promise<number>): Promise<number> {
  let total = 0
  let batch: number
  do {
    batch = await deleteBatch()
    total += batch
  } while (batch === BATCH)
  return total
}
